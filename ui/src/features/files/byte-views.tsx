import { createSignal, type JSX, onCleanup, Show } from 'solid-js'
import { hexLines } from '../../lib/file-kind.ts'
import { formatBytes } from '../../lib/text.ts'

/** `type` is one that `fileKind` found in the bytes themselves. */
export function ImageView(props: {
  bytes: Uint8Array<ArrayBuffer>
  type: string
  name: string
}): JSX.Element {
  const [size, setSize] = createSignal('')
  const [isBroken, setBroken] = createSignal(false)
  const url = URL.createObjectURL(new Blob([props.bytes], { type: props.type }))
  onCleanup(() => URL.revokeObjectURL(url))
  return (
    <Show
      when={!isBroken()}
      fallback={<BinaryView bytes={props.bytes} size={props.bytes.length} />}
    >
      <figure class="flex-1 min-h-0 col items-center justify-center gap-3 p-4 bg-bg2">
        <img
          src={url}
          alt={props.name}
          class="max-w-full min-h-0 object-contain bg-bg1"
          onLoad={({ currentTarget: image }) =>
            setSize(`${image.naturalWidth} × ${image.naturalHeight}`)
          }
          onError={() => setBroken(true)}
        />
        <figcaption class="t2 text-small">
          {props.type.slice('image/'.length).toUpperCase()} {size()}
        </figcaption>
      </figure>
    </Show>
  )
}

const shownLines = 64

export function BinaryView(props: { bytes: Uint8Array; size: number }): JSX.Element {
  const lines = (): string[] => hexLines(props.bytes, shownLines)
  return (
    <div class="p-4 col gap-3">
      <p class="t2">
        This is not a text, so it is not shown as one. Its first{' '}
        {formatBytes(Math.min(props.size, shownLines * 16))} are:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
      <pre class="well p-3 mono-small overflow-x-auto" tabIndex={0}>
        {lines().join('\n')}
      </pre>
    </div>
  )
}
