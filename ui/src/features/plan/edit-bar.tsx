import { For, type JSX, Match, Show, Switch } from 'solid-js'
import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { type Act, createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { keepFocus } from '../../data/keep-focus.ts'
import { saveDraft } from '../../data/plan-draft.ts'
import { store } from '../../data/store.ts'
import { formatKeys } from '../../lib/keystrokes.ts'
import { joinWords, plural } from '../../lib/text.ts'
import type { Editor } from './editor.ts'
import { isPhone } from './is-phone.ts'
import { WarningList } from './warning-list.tsx'

/** What is changed, what is wrong with it, and the way to save or to forget it. */
export function EditBar(props: { task: Task; plan: Plan; editor: Editor }): JSX.Element {
  const act = createAct()
  const save = (): void =>
    void act.run(async () => {
      try {
        await saveDraft(props.task.id)
        keepFocus()
      } catch (error) {
        // Whatever was in the way is seen in the newest plan.
        await Promise.all([store.plan.refresh(props.task.id), store.task.refresh(props.task.id)])
        throw error
      }
    })
  useActions(() => [
    {
      id: 'plan.save',
      label: 'Save the edited plan',
      group: 'Plan',
      keys: 'Mod+s',
      run: save,
      disabled: !props.editor.canSave() && whyNot(props.editor),
    },
    { id: 'plan.discard', label: 'Discard the edits', group: 'Plan', run: props.editor.discard },
    ...(props.editor.isStale()
      ? [
          {
            id: 'plan.take',
            label: `Take v${props.plan.version}, drop my edits`,
            group: 'Plan',
            run: props.editor.discard,
          },
          {
            id: 'plan.move-onto',
            label: `Put my edits on v${props.plan.version}`,
            group: 'Plan',
            run: props.editor.moveOnto,
          },
        ]
      : []),
    ...(props.editor.lost().length > 0
      ? [
          {
            id: 'plan.take-back',
            label: 'Take back these edits',
            group: 'Plan',
            run: props.editor.takeBackLost,
          },
        ]
      : []),
  ])
  return (
    <section aria-label="Edits" class="flex-none rule-top bg-bg1 px-3 md:px-4 py-2.5 col gap-2">
      <Trouble {...props} act={act} />
      <Buttons {...props} act={act} onSave={save} />
    </section>
  )
}

function Buttons(props: {
  task: Task
  plan: Plan
  editor: Editor
  act: Act
  onSave: () => void
}): JSX.Element {
  const saveWord = (): string =>
    `Save as v${props.plan.version + 1}${props.task.status === 'running' && !isPhone() ? ' and continue' : ''}`
  return (
    <div class="flex flex-wrap items-center gap-2">
      <Button icon="plus" class="lt-md:hidden!" onClick={() => props.editor.add()}>
        Add subtask
      </Button>
      <Button
        icon="plus"
        label="Add subtask"
        class="md:hidden!"
        onClick={() => props.editor.add()}
      />
      <Button
        icon="undo"
        label={props.editor.undoLabel() ? `Undo: ${props.editor.undoLabel()}` : 'Undo'}
        disabled={props.editor.undoLabel() === ''}
        onClick={props.editor.undo}
      />
      <Button
        icon="redo"
        label={props.editor.redoLabel() ? `Redo: ${props.editor.redoLabel()}` : 'Redo'}
        disabled={props.editor.redoLabel() === ''}
        onClick={props.editor.redo}
      />
      <span class="flex-1 t2 min-w-[140px] lt-md:order-first lt-md:basis-full" role="status">
        {props.editor.changes() === 0
          ? `Editing plan v${props.plan.version}, nothing changed yet`
          : `${plural(props.editor.changes(), 'change')} to plan v${props.editor.draft()?.version}`}
      </span>
      <Button look="quiet" onClick={props.editor.discard}>
        {props.editor.isUnsaved() ? 'Discard' : 'Close'}
      </Button>
      <Button
        look={props.editor.isUnsaved() ? 'primary' : 'plain'}
        shortcut={formatKeys('Mod+s')}
        busy={props.act.busy()}
        disabled={!props.editor.canSave()}
        onClick={props.onSave}
      >
        {saveWord()}
      </Button>
    </div>
  )
}

function whyNot(editor: Editor): string {
  if (editor.isStale()) return 'The plan has moved on. Choose what becomes of your edits first.'
  if (editor.isUnread()) return 'The text cannot be read as a plan yet.'
  if (editor.problems().length > 0) return 'The plan has a mistake that must be put right first.'
  return editor.lost().length > 0 ? 'Some of it has begun meanwhile.' : 'Nothing is changed.'
}

function Trouble(props: { plan: Plan; editor: Editor; act: Act }): JSX.Element {
  const shown = (): string[] =>
    props.act.error()
      ? props.act.error().split('\n')
      : [
          ...(props.editor.isUnread() ? ['The text cannot be read as a plan yet.'] : []),
          ...props.editor.problems().map(({ message }) => message),
        ]
  return (
    <>
      <Switch>
        <Match when={props.editor.isStale()}>
          <div role="alert" class="flex flex-wrap items-center gap-2">
            <span class="flex-1 min-w-[220px]">
              There is a plan v{props.plan.version} now; your edits began from v
              {props.editor.draft()?.version}.
            </span>
            <Button onClick={props.editor.discard}>
              Take v{props.plan.version}, drop my edits
            </Button>
            <Button onClick={props.editor.moveOnto}>Put my edits on v{props.plan.version}</Button>
          </div>
        </Match>
        <Match when={props.editor.lost().length > 0}>
          <div role="alert" class="flex flex-wrap items-center gap-2">
            <span class="flex-1 min-w-[220px]">
              {joinWords(props.editor.lost())} {props.editor.lost().length === 1 ? 'has' : 'have'}{' '}
              begun meanwhile and stay
              {props.editor.lost().length === 1 ? 's' : ''} as in v{props.plan.version}.
            </span>
            <Button onClick={props.editor.takeBackLost}>Take back these edits</Button>
          </div>
        </Match>
      </Switch>
      <Show when={props.editor.notice()}>
        <p role="alert" class="text-fail text-small wrap-any">
          {props.editor.notice()}
        </p>
      </Show>
      <Show when={shown().length > 0}>
        <ul class="text-fail text-small max-h-[84px] overflow-auto" aria-label="What is wrong">
          <For each={shown()}>{(problem) => <li class="wrap-any">{problem}</li>}</For>
        </ul>
      </Show>
      <WarningList warnings={props.editor.warnings()} />
    </>
  )
}
