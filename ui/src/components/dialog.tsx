import { type JSX, onMount } from 'solid-js'
import { Button } from './button.tsx'

/** A modal question. The browser keeps focus inside and gives it back to the opener. */
export function Dialog(props: {
  title: string
  onClose: () => void
  children: JSX.Element
  actions: JSX.Element
  /** For lists; a question is 480 px. */
  wide?: boolean
}): JSX.Element {
  let dialog: HTMLDialogElement | undefined
  const opener = document.activeElement
  onMount(() => dialog?.showModal())
  const close = (): void => {
    props.onClose()
    if (opener instanceof HTMLElement) queueMicrotask(() => opener.focus())
  }
  return (
    <dialog
      ref={dialog}
      aria-label={props.title}
      onClose={close}
      onCancel={close}
      class="bg-bg1 text-tx1 border border-solid border-line rounded-sheet shadow-float p-0 w-[min(var(--dialog),calc(100vw-24px))] backdrop:bg-[#0006]"
      style={{ '--dialog': props.wide ? '720px' : '480px' }}
    >
      <div class="col gap-3 p-4">
        <h2 class="h-title">{props.title}</h2>
        <div class="col gap-3 t2">{props.children}</div>
        <div class="flex flex-wrap justify-end gap-2 pt-1">
          <Button look="quiet" onClick={close}>
            Back
          </Button>
          {props.actions}
        </div>
      </div>
    </dialog>
  )
}
