import { A } from '@solidjs/router'
import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { Button, LinkButton } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { AnswerButtons } from '../../components/question-answer.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import type { Attention } from '../../data/attention.ts'
import { now } from '../../data/clock.ts'
import { createListKeys } from '../../data/keys.ts'
import { store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'
import { formatExact, formatSpan } from '../../lib/time.ts'

const maxShown = 6

/** What waits for a person, answered where it stands. */
export function AttentionList(props: {
  items: readonly Attention[]
  working: number
}): JSX.Element {
  const [isWhole, setWhole] = createSignal(false)
  const shown = (): readonly Attention[] =>
    isWhole() ? props.items : props.items.slice(0, maxShown)
  createListKeys('[data-attention]')
  return (
    <section aria-label="Needs you">
      <div class="row px-0.5 pb-2">
        <h2 class="h-part">Needs you</h2>
        <Show when={props.items.length > 0}>
          <span class="count count-need">{props.items.length}</span>
          <span class="flex-1" />
          <span class="t3 text-small row gap-1 desk">
            <kbd class="key">J</kbd>
            <kbd class="key">K</kbd> move
          </span>
        </Show>
      </div>
      <div class="card">
        <Show
          when={props.items.length > 0}
          fallback={
            <p class="px-4 py-3 t2">
              Nothing needs you.
              <Show when={props.working > 0}>
                {' '}
                {props.working === 1
                  ? '1 agent is working.'
                  : `${props.working} agents are working.`}
              </Show>
            </p>
          }
        >
          <For each={shown()}>{(item) => <AttentionRow item={item} />}</For>
          <Show when={props.items.length > shown().length}>
            <button
              type="button"
              class="w-full px-4 h-11 md:h-9 rule-top t2 text-start"
              onClick={() => setWhole(true)}
            >
              Show all {props.items.length}
            </button>
          </Show>
        </Show>
      </div>
    </section>
  )
}

function AttentionRow(props: { item: Attention }): JSX.Element {
  const act = createAct()
  return (
    <div
      data-attention
      tabIndex={-1}
      class="grid grid-cols-[20px_minmax(0,1fr)] md:grid-cols-[20px_minmax(0,1fr)_auto] gap-x-2.5 px-3 py-2.5 rule-top first:border-t-0 focus:bg-need-tint focus-within:bg-need-tint first:rounded-t-card last:rounded-b-card"
    >
      <Glyph name={props.item.kind === 'failed' ? 'fail' : 'need'} class="mt-0.5" />
      <div class="col gap-0.5 min-w-0">
        <Words item={props.item} />
        <Show when={act.error()}>
          <p role="alert" class="text-fail text-small">
            {act.error()}
          </p>
        </Show>
      </div>
      <div class="lt-md:col-start-2 lt-md:mt-2 flex md:items-center md:max-w-[520px]">
        <Switch>
          <Match when={props.item.kind === 'question' && props.item}>
            {(item) => (
              <AnswerButtons
                options={item().question.options}
                suggestions={item().question.suggestions}
                busy={act.busy()}
                onAnswer={(answer) =>
                  void act.run(async () => {
                    await api.answer(item().task.id, item().question.id, answer)
                    await store.questions.refresh(item().task.id)
                  })
                }
              />
            )}
          </Match>
          <Match when={props.item.kind === 'plan' && props.item}>
            {(item) => (
              <div class="flex flex-1 gap-1.5">
                <LinkButton class="lt-md:flex-1" href={`/tasks/${item().task.id}`}>
                  Review plan
                </LinkButton>
                <Button
                  class="lt-md:flex-1"
                  busy={act.busy()}
                  disabled={item().plan === undefined}
                  onClick={() =>
                    void act.run(() => api.approve(item().task.id, item().plan?.version ?? 0))
                  }
                >
                  Approve
                </Button>
              </div>
            )}
          </Match>
          <Match when={props.item.kind === 'failed'}>
            <LinkButton class="lt-md:flex-1" href={`/tasks/${props.item.task.id}`}>
              See what failed
            </LinkButton>
          </Match>
        </Switch>
      </div>
    </div>
  )
}

function Words(props: { item: Attention }): JSX.Element {
  const age = (): JSX.Element => (
    <span title={formatExact(props.item.since)}>{formatSpan(now() - props.item.since)}</span>
  )
  const task = (): JSX.Element => (
    <A class="hover:underline" href={`/tasks/${props.item.task.id}`}>
      {props.item.task.name}
    </A>
  )
  return (
    <Switch>
      <Match when={props.item.kind === 'question' && props.item}>
        {(item) => (
          <>
            <span class="font-500 wrap-any">{item().question.text}</span>
            <Show when={item().question.context}>
              <span class="t2 wrap-any">{item().question.context}</span>
            </Show>
            <span class="t3 text-small">
              Planner of {task()} ·{' '}
              <Show when={item().open > 1}>{plural(item().open, 'question')} open · </Show>
              waiting {age()}, nothing runs until it is answered
            </span>
          </>
        )}
      </Match>
      <Match when={props.item.kind === 'plan' && props.item}>
        {(item) => (
          <>
            <span class="font-500">Plan ready: {item().task.name}</span>
            <span class="t3 text-small">
              <Show when={item().plan}>
                {(plan) => (
                  <>
                    {plural(plan().subtasks.length, 'subtask')}, version {plan().version} ·{' '}
                  </>
                )}
              </Show>
              waiting {age()}
            </span>
          </>
        )}
      </Match>
      <Match when={props.item.kind === 'failed' && props.item}>
        {(item) => (
          <>
            <span class="font-500 wrap-any line-clamp-3">{item().error}</span>
            <span class="t3 text-small">
              {task()} · what was merged is safe on{' '}
              <span class="font-mono">{item().task.branch}</span> · {age()}
            </span>
          </>
        )}
      </Match>
    </Switch>
  )
}
