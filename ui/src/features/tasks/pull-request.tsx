import { For, type JSX, Show } from 'solid-js'
import type { PullRequest, PullRequestCheck, ReviewComment } from '#contract/delivery.ts'
import type { FollowUp } from '#contract/follow-up.ts'
import { Glyph } from '../../components/glyph.tsx'
import { CheckList, CommentList, Linked } from '../../components/review.tsx'
import {
  describeFollowUp,
  followUpGlyphs,
  openComments,
  pullState,
  summarizeChecks,
  worstOf,
} from '../../lib/pull-request.ts'

/** The pull request as its forge has it: its state, what programs say of it, and what people wrote. */
export function PullRequestFacts(props: {
  pull: PullRequest
  /** Who was asked. */
  reviewers: readonly string[]
  followUps: readonly FollowUp[]
}): JSX.Element {
  const title = (): string => `#${props.pull.number} ${props.pull.title}`
  const checks = (): PullRequestCheck[] => props.pull.checks ?? []
  const comments = (): ReviewComment[] => openComments(props.pull.comments ?? [])
  return (
    <>
      <p class="wrap-any">
        <Linked url={props.pull.url}>{title()}</Linked>
        <span class="t2">
          , {pullState(props.pull)}
          <Show when={props.reviewers.length > 0}>
            , review asked of {props.reviewers.join(', ')}
          </Show>
        </span>
      </p>
      <Show when={checks().length > 0}>
        <Folded
          name={summarizeChecks(checks())}
          glyph={<Glyph name={worstOf(checks())} />}
          isOpen={worstOf(checks()) === 'fail'}
        >
          <CheckList checks={checks()} />
        </Folded>
      </Show>
      <Show when={comments().length > 0}>
        <Folded
          name={`${comments().length === 1 ? '1 comment' : `${comments().length} comments`}`}
          isOpen={false}
        >
          <CommentList comments={comments()} />
        </Folded>
      </Show>
      <For each={props.followUps}>
        {(followUp) => (
          <p class="flex items-start gap-2 wrap-any">
            <Glyph name={followUpGlyphs[followUp.state]} class="mt-0.5" />
            <span class="min-w-0">
              {describeFollowUp(followUp)}
              <Show when={followUp.why ?? followUp.reason}>
                {(why) => <span class="t2"> {why()}</span>}
              </Show>
            </span>
          </p>
        )}
      </For>
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
