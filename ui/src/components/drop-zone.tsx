import { createSignal, type JSX } from 'solid-js'
import { Button } from './button.tsx'

export type PickedFile = { path: string; file: File }

/** Takes files by drop or by the picker; folders keep their paths. */
export function DropZone(props: {
  label: string
  onFiles: (files: PickedFile[]) => void
  busy?: boolean
  children?: JSX.Element
}): JSX.Element {
  const [isOver, setOver] = createSignal(false)
  let picker: HTMLInputElement | undefined
  const take = (list: FileList | null | undefined): void => {
    const files = [...(list ?? [])].map((file) => ({
      path: file.webkitRelativePath || file.name,
      file,
    }))
    if (files.length > 0) props.onFiles(files)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an addition; the button inside does the same
    <div
      class="border border-dashed border-ctl rounded-node p-3 flex flex-wrap items-center gap-2 t2"
      classList={{ 'bg-bg2': isOver() }}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer?.files)
      }}
    >
      <Button icon="upload" busy={props.busy ?? false} onClick={() => picker?.click()}>
        {props.label}
      </Button>
      <span class="t3 text-small desk">or drop files here</span>
      {props.children}
      <input
        ref={picker}
        type="file"
        multiple
        class="hidden"
        aria-label={props.label}
        onChange={(event) => {
          take(event.currentTarget.files)
          event.currentTarget.value = ''
        }}
      />
    </div>
  )
}
