import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import type { AnsweredItem } from '#contract/answered.ts'
import type { Permission } from '#contract/permission.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { Prose } from '../../components/prose.tsx'
import { createAct } from '../../data/act.ts'
import { answered } from '../../data/answered.ts'
import { now } from '../../data/clock.ts'
import { splitQuestion } from '../../lib/attention-title.ts'
import { permissionLine, permissionTitle } from '../../lib/permission.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'

/** Questions and permissions that were answered or withdrawn, newest first; of one task with `taskId`. */
export function Answered(props: { taskId: string | undefined }): JSX.Element {
  const act = createAct()
  const key = (): string => props.taskId ?? ''
  return (
    <div class="page flex-1 min-h-0 overflow-auto">
      <div class="card max-w-[960px]">
        <Loaded
          entry={answered.get(key())}
          onRetry={() => void answered.refresh(key())}
          skeleton={<Skeleton rows={6} height={74} />}
        >
          {(known) => (
            <Show
              when={known().items.length > 0}
              fallback={
                <Empty>
                  Nothing was asked lately. Answers to planners and agents are kept here; approvals,
                  retries and skips are in each task's timeline.
                </Empty>
              }
            >
              <ul aria-label="Answered">
                <For each={known().items}>{(item) => <Row item={item} />}</For>
              </ul>
              <Show when={known().more}>
                <div class="rule-top p-2 flex justify-center">
                  <Button
                    look="quiet"
                    busy={act.busy()}
                    onClick={() => void act.run(() => answered.more(key()))}
                  >
                    Show older answers
                  </Button>
                </div>
              </Show>
            </Show>
          )}
        </Loaded>
      </div>
    </div>
  )
}

type Said = {
  asked: string
  /** What was written below the question, a verdict for one. */
  more?: string
  /** What was said, or why it was not answered. */
  said: string
  isAnswered: boolean
}

function toSaid(item: AnsweredItem): Said {
  if (item.kind === 'permission')
    return {
      asked: `${permissionTitle(item.permission)} ${permissionLine(item.permission)}`,
      said: saidTo(item.permission),
      isAnswered: item.permission.status !== 'withdrawn',
    }
  return {
    ...splitQuestion(item.question.text),
    said: item.question.answer ?? 'Left to the planner, or withdrawn',
    isAnswered: item.question.status === 'answered',
  }
}

function saidTo({ status, scope, message, note }: Permission): string {
  if (status === 'withdrawn') return note ?? 'Withdrawn'
  if (status === 'denied') return message ? `Denied: ${message}` : 'Denied'
  return scope === 'task' ? 'Allowed for this task' : 'Allowed once'
}

function Row(props: { item: AnsweredItem }): JSX.Element {
  const said = (): Said => toSaid(props.item)
  const at = (): number => Date.parse(props.item.at)
  return (
    <li class="rule-top first:border-t-0 grid grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2.5 px-3 py-2.5">
      <Glyph name={said().isAnswered ? 'done' : 'skip'} class="mt-0.5" />
      <div class="col gap-0.5">
        <span class="font-500 wrap-any line-clamp-4">{said().asked}</span>
        <span class="wrap-any">{said().said}</span>
        <Show when={said().more}>
          {(more) => (
            <details>
              <summary class="t2 text-small min-h-6 lt-md:min-h-11 flex items-center">
                What was asked in full
              </summary>
              <Prose text={more()} />
            </details>
          )}
        </Show>
        <A
          class="t3 text-small hover:underline self-start lt-md:py-[13px] lt-md:-my-[13px]"
          href={`/tasks/${encodeURIComponent(props.item.task.id)}`}
        >
          {props.item.task.name}
        </A>
      </div>
      <span class="t3 text-small whitespace-nowrap" title={formatExact(at())}>
        {formatAgo(at(), now())}
      </span>
    </li>
  )
}
