import { createSignal, For, type JSX, Show } from 'solid-js'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { removeRepository, repositories, testRepository } from '../../data/templates.ts'
import { describeDelivery, describeFound } from '../../lib/repository-words.ts'
import { EditedList } from './edited-list.tsx'
import { RemovalDialog } from './removal-dialog.tsx'
import { RepositoryEditor } from './repository-editor.tsx'

/** The repositories, or the one that `?repository=` names. */
export const RepositoriesSection = (): JSX.Element => (
  <EditedList
    name="repository"
    all={repositories}
    rows={2}
    list={(list, open) => <Rows list={list()} onOpen={open} />}
    editor={(edited, close) => <RepositoryEditor template={edited()} onClose={close} />}
  />
)

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
        <Button busy={act.busy()} label={`Test ${name()}`} onClick={test}>
          Test
        </Button>
        <Button label={`Edit ${name()}`} onClick={() => props.onOpen()}>
          Edit
        </Button>
        <Button look="danger" label={`Delete ${name()}`} onClick={() => setAsking(true)}>
          Delete…
        </Button>
      </div>
      <Show when={isAsking()}>
        <RemovalDialog
          title={`Delete "${name()}"?`}
          verb="Delete"
          remove={() => removeRepository(props.template.id)}
          onClose={() => setAsking(false)}
        >
          <p>
            The repository itself is not touched, and tasks that were made with it go on as they
            are. Its credential stays.
          </p>
        </RemovalDialog>
      </Show>
    </li>
  )
}
