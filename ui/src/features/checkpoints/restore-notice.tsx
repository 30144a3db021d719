import { type JSX, Show } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { describeRestore } from '../../lib/restore-words.ts'

const glyphs: Record<NonNullable<Task['restore']>['state'], GlyphName> = {
  'under-way': 'run',
  done: 'done',
  failed: 'fail',
}

/** How the last restore went, with the way back for as long as there is one. */
export function RestoreNotice(props: {
  task: Task
  checkpoints: readonly Checkpoint[]
  onUndo: (checkpoint: Checkpoint) => void
}): JSX.Element {
  const undo = (): Checkpoint | undefined =>
    props.task.restore?.state === 'done'
      ? props.checkpoints.find(
          ({ id, status }) => id === props.task.restore?.undo_id && status === 'ready',
        )
      : undefined
  useActions(() => {
    const known = undo()
    return known
      ? [
          {
            id: 'checkpoint.undo-restore',
            label: 'Undo the restore…',
            group: 'Task',
            run: () => props.onUndo(known),
          },
        ]
      : []
  })
  return (
    <Show when={props.task.restore}>
      {(restore) => (
        <div class="flex flex-wrap items-center gap-2 px-4 py-2 rule" role="status">
          <Glyph name={glyphs[restore().state]} />
          <span class="flex-1 min-w-[160px] wrap-any">{describeRestore(props.task)}</span>
          <Show when={undo()}>
            {(known) => (
              <Button small onClick={() => props.onUndo(known())}>
                Undo…
              </Button>
            )}
          </Show>
        </div>
      )}
    </Show>
  )
}
