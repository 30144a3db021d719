/** What a forge says of a pull request: text of programs and people, and links to their pages. */
import { For, type JSX, Show } from 'solid-js'
import type { PullRequestCheck, ReviewComment } from '#contract/delivery.ts'
import { checkGlyphs, checkWords, describeComment, isPage } from '../lib/pull-request.ts'
import { Glyph } from './glyph.tsx'

export function Linked(props: { url: string | undefined; children: JSX.Element }): JSX.Element {
  return (
    <Show when={props.url && isPage(props.url) && props.url} fallback={props.children}>
      {(url) => (
        <a class="link" href={url()} target="_blank" rel="noopener noreferrer">
          {props.children}
        </a>
      )}
    </Show>
  )
}

export function CheckList(props: { checks: readonly PullRequestCheck[] }): JSX.Element {
  return (
    <ul class="col gap-1">
      <For each={props.checks}>{(check) => <Check check={check} />}</For>
    </ul>
  )
}

export function CommentList(props: { comments: readonly ReviewComment[] }): JSX.Element {
  return (
    <ul class="col gap-2">
      <For each={props.comments}>{(comment) => <Comment comment={comment} />}</For>
    </ul>
  )
}

function Check(props: { check: PullRequestCheck }): JSX.Element {
  return (
    <li class="col gap-1">
      <div class="flex flex-wrap items-center gap-x-2 gap-y-0.5 wrap-any min-w-0">
        <Glyph name={checkGlyphs[props.check.state]} />
        <Linked url={props.check.url}>{props.check.name}</Linked>
        <span class="t2">
          {checkWords[props.check.state]}
          {props.check.summary ? `, ${props.check.summary}` : ''}
        </span>
      </div>
      <Show when={props.check.state === 'failed' && props.check.log_missing}>
        {(why) => <p class="t2 wrap-any">{why()}</p>}
      </Show>
      <Show when={props.check.log}>
        {(log) => (
          <pre class="font-mono text-code wrap-any whitespace-pre-wrap bg-bg2 rounded-node p-2 max-h-48 overflow-y-auto">
            {log()}
          </pre>
        )}
      </Show>
    </li>
  )
}

function Comment(props: { comment: ReviewComment }): JSX.Element {
  return (
    <li class="col gap-0.5 min-w-0">
      <p class="t2 wrap-any">
        <Linked url={props.comment.url}>{describeComment(props.comment)}</Linked>
      </p>
      <Show when={props.comment.body}>
        <p class="wrap-any whitespace-pre-wrap">{props.comment.body}</p>
      </Show>
    </li>
  )
}
