import { For, type JSX, Show } from 'solid-js'
import type { PullRequest, PullRequestCheck, ReviewComment } from '#contract/delivery.ts'
import { Glyph } from '../../components/glyph.tsx'
import {
  checkGlyphs,
  checkWords,
  describeComment,
  isPage,
  openComments,
  pullState,
  summarizeChecks,
  worstOf,
} from '../../lib/pull-request.ts'

/** The pull request as its forge has it: its state, what programs say of it, and what people wrote. */
export function PullRequestFacts(props: { pull: PullRequest }): JSX.Element {
  const title = (): string => `#${props.pull.number} ${props.pull.title}`
  const checks = (): PullRequestCheck[] => props.pull.checks ?? []
  const comments = (): ReviewComment[] => openComments(props.pull.comments ?? [])
  return (
    <>
      <p class="wrap-any">
        <Linked url={props.pull.url}>{title()}</Linked>
        <span class="t2">, {pullState(props.pull)}</span>
      </p>
      <Show when={checks().length > 0}>
        <Folded
          name={summarizeChecks(checks())}
          glyph={<Glyph name={worstOf(checks())} />}
          isOpen={worstOf(checks()) === 'fail'}
        >
          <ul class="col gap-1">
            <For each={checks()}>{(check) => <Check check={check} />}</For>
          </ul>
        </Folded>
      </Show>
      <Show when={comments().length > 0}>
        <Folded
          name={`${comments().length === 1 ? '1 comment' : `${comments().length} comments`}`}
          isOpen={false}
        >
          <ul class="col gap-2">
            <For each={comments()}>{(comment) => <Comment comment={comment} />}</For>
          </ul>
        </Folded>
      </Show>
    </>
  )
}

function Folded(props: {
  name: string
  glyph?: JSX.Element
  isOpen: boolean
  children: JSX.Element
}): JSX.Element {
  return (
    <details open={props.isOpen}>
      <summary class="min-h-6 lt-md:min-h-11 cursor-pointer">
        <span class="inline-flex items-center gap-2 align-middle">
          {props.glyph}
          {props.name}
        </span>
      </summary>
      <div class="py-1 pl-4 max-h-[40vh] overflow-y-auto scroll">{props.children}</div>
    </details>
  )
}

function Linked(props: { url: string | undefined; children: JSX.Element }): JSX.Element {
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
