/** What is known of a repository, as planner and agents are told it: shown, found out now, forgotten. */
import { For, type JSX, Show } from 'solid-js'
import type { RepoMemory } from '#contract/repo-memory.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { forgetRepository, lookAtRepository, memories } from '../../data/templates.ts'
import { memoryFacts, memoryParts } from '../../lib/memory-words.ts'

export function RepositoryMemory(props: {
  template: RepoTemplate
  children: JSX.Element
}): JSX.Element {
  const act = createAct()
  const id = (): string => props.template.id
  const look = (): void => void act.run(() => lookAtRepository(id()))
  const forget = (): void => void act.run(() => forgetRepository(id()))
  const known = (): RepoMemory | null => memories.peek(id())?.value ?? null
  useActions(() => [
    { id: 'repository.look', label: 'Look at the repository now', group: 'Settings', run: look },
    ...(known()
      ? [
          {
            id: 'repository.forget',
            label: 'Forget what is known of the repository',
            group: 'Settings',
            run: forget,
          },
        ]
      : []),
  ])
  return (
    <fieldset class="border-0 p-0 m-0 min-w-0 col gap-2">
      <legend class="label p-0 mb-1">What is known of it</legend>
      {props.children}
      <div class="card col">
        <Loaded
          entry={memories.get(id())}
          onRetry={() => void memories.refresh(id())}
          skeleton={<Skeleton rows={4} height={32} />}
        >
          {(memory) => (
            <Show
              when={memory()}
              fallback={
                <p class="t2 px-3 py-2.5">
                  Nothing yet. It is looked at when the first task starts from it.
                </p>
              }
            >
              {(found) => <Known memory={found()} />}
            </Show>
          )}
        </Loaded>
      </div>
      <ErrorLine small text={act.error()} />
      <div class="flex flex-wrap gap-2">
        <Button small busy={act.busy()} onClick={look}>
          Look now
        </Button>
        <Show when={known()}>
          <Button small look="danger" busy={act.busy()} onClick={forget}>
            Forget
          </Button>
        </Show>
      </div>
    </fieldset>
  )
}

function Known(props: { memory: RepoMemory }): JSX.Element {
  return (
    <>
      <p class="px-3 py-2.5 t2 text-small wrap-any">{memoryFacts(props.memory, now())}</p>
      <dl class="m-0">
        <For each={memoryParts(props.memory)}>
          {(part) => (
            <div class="rule-top px-3 py-2 grid grid-cols-1 md:grid-cols-[140px_minmax(0,1fr)] gap-x-3 gap-y-1">
              <dt class="t2 text-small">{part.title}</dt>
              <dd class="m-0 col gap-0.5 min-w-0">
                <For each={part.lines}>
                  {(line) => (
                    <span class={`wrap-any ${part.isCode ? 'mono-small' : 'text-small'}`}>
                      {line}
                    </span>
                  )}
                </For>
              </dd>
            </div>
          )}
        </For>
      </dl>
    </>
  )
}
