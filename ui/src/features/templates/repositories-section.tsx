import { useSearchParams } from '@solidjs/router'
import { createSignal, For, type JSX, Show } from 'solid-js'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { removeRepository, repositories, testRepository } from '../../data/templates.ts'
import { describeDelivery, describeFound } from '../../lib/repository-words.ts'
import { RepositoryEditor } from './repository-editor.tsx'

/** The repositories, or the one that `?repository=` names. */
export function RepositoriesSection(): JSX.Element {
  const [search, setSearch] = useSearchParams<{ repository?: string }>()
  const open = (repository: string | undefined): void => setSearch({ repository })
  return (
    <Loaded
      entry={repositories.get('all')}
      onRetry={() => void repositories.refresh('all')}
      skeleton={
        <div class="card">
          <Skeleton rows={2} height={76} />
        </div>
      }
    >
      {(list) => {
        const edited = () => list().find(({ id }) => id === search.repository)
        return (
          <Show
            when={search.repository === 'new' || edited()}
            fallback={<Rows list={list()} onOpen={open} />}
          >
            <RepositoryEditor template={edited()} onClose={() => open(undefined)} />
          </Show>
        )
      }}
    </Loaded>
  )
}

function Rows(props: { list: RepoTemplate[]; onOpen: (id: string) => void }): JSX.Element {
  useActions([
    {
      id: 'repositories.new',
      label: 'New repository',
      group: 'Settings',
      run: () => props.onOpen('new'),
    },
  ])
  return (
    <div class="col gap-3">
      <p class="t2">
        Repositories that tasks start from, with what opens them and what becomes of the work. A
        task keeps them as they were when it was made.
      </p>
      <Show
        when={props.list.length > 0}
        fallback={<p class="t3">There is no repository yet. A task can also name one itself.</p>}
      >
        <ul class="card" aria-label="Repositories">
          <For each={props.list}>
            {(template) => <Row template={template} onOpen={() => props.onOpen(template.id)} />}
          </For>
        </ul>
      </Show>
      <div>
        <Button look="next" icon="plus" onClick={() => props.onOpen('new')}>
          New repository
        </Button>
      </div>
    </div>
  )
}

function Row(props: { template: RepoTemplate; onOpen: () => void }): JSX.Element {
  const act = createAct()
  const [found, setFound] = createSignal('')
  const [isAsking, setAsking] = createSignal(false)
  const name = (): string => props.template.name
  const test = (): void => {
    setFound('')
    void act.run(async () =>
      setFound(describeFound(await testRepository(props.template.id), now())),
    )
  }
  useActions(() => [
    {
      id: `repositories.edit-${props.template.id}`,
      label: `Edit ${name()}`,
      group: 'Settings',
      run: props.onOpen,
    },
    {
      id: `repositories.test-${props.template.id}`,
      label: `Test ${name()}`,
      group: 'Settings',
      words: 'connection',
      run: test,
    },
    {
      id: `repositories.delete-${props.template.id}`,
      label: `Delete ${name()}…`,
      group: 'Settings',
      run: () => setAsking(true),
    },
  ])
  return (
    <li class="rule-top first:border-t-0 flex flex-wrap items-start gap-x-3 gap-y-2 px-3 py-2.5">
      <div class="col gap-0.5 flex-1 min-w-[220px]">
        <span class="font-500 wrap-any">{name()}</span>
        <code class="mono-small t2 wrap-any">{props.template.url}</code>
        <span class="t3 text-small wrap-any">
          {props.template.default_branch} · {describeDelivery(props.template)}
        </span>
        <span role="status" class="text-small empty:hidden">
          <Show when={found()}>
            <span class="row">
              <Glyph name="done" /> {found()}
            </span>
          </Show>
          <Show when={act.error()}>
            <span class="row items-start text-fail">
              <Glyph name="fail" /> <span class="wrap-any min-w-0">{act.error()}</span>
            </span>
          </Show>
        </span>
      </div>
      <div class="flex flex-none gap-2">
        <Button small busy={act.busy()} label={`Test ${name()}`} onClick={test}>
          Test
        </Button>
        <Button small label={`Edit ${name()}`} onClick={() => props.onOpen()}>
          Edit
        </Button>
        <Button small look="danger" label={`Delete ${name()}`} onClick={() => setAsking(true)}>
          Delete…
        </Button>
      </div>
      <Show when={isAsking()}>
        <DeleteDialog template={props.template} onClose={() => setAsking(false)} />
      </Show>
    </li>
  )
}

function DeleteDialog(props: { template: RepoTemplate; onClose: () => void }): JSX.Element {
  const act = createAct()
  return (
    <Dialog
      title={`Delete "${props.template.name}"?`}
      onClose={props.onClose}
      actions={
        <Button
          look="danger"
          busy={act.busy()}
          onClick={() => act.run(() => removeRepository(props.template.id))}
        >
          Delete
        </Button>
      }
    >
      <p>
        The repository itself is not touched, and tasks that were made with it go on as they are.
        Its credential stays.
      </p>
      <Show when={act.error()}>
        <p role="alert" class="text-fail">
          {act.error()}
        </p>
      </Show>
    </Dialog>
  )
}
