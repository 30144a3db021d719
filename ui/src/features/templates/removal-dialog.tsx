import type { JSX } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { createAct } from '../../data/act.ts'

/** Asks before something goes for good; the children say what that means. */
export function RemovalDialog(props: {
  title: string
  /** The word on the button. */
  verb: 'Delete' | 'Remove'
  remove: () => Promise<void>
  onClose: () => void
  children: JSX.Element
}): JSX.Element {
  const act = createAct()
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      actions={
        <Button look="danger" busy={act.busy()} onClick={() => act.run(props.remove)}>
          {props.verb}
        </Button>
      }
    >
      {props.children}
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
