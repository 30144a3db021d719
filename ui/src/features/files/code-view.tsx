import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from 'solid-js'
import { PartError, Skeleton } from '../../components/part.tsx'
import { patiently } from '../../lib/patient.ts'
import type { CodeEditor } from './code-editor.ts'

/** A text with line numbers and colours, to read or to edit. The editor arrives when it is first needed. */
export function CodeView(props: {
  text: string
  path: string
  isEditable: boolean
  line?: number | undefined
  onChange: (text: string) => void
  onSave: () => void
  onLine: (line: number) => void
}): JSX.Element {
  const [editor, setEditor] = createSignal<CodeEditor>()
  const [error, setError] = createSignal('')
  let parent: HTMLDivElement | undefined
  let isGone = false
  const open = async (): Promise<void> => {
    setError('')
    try {
      const { createCodeEditor } = await patiently(() => import('./code-editor.ts'))
      if (isGone || !parent) return
      setEditor(
        createCodeEditor(parent, {
          text: props.text,
          path: props.path,
          label: `Content of ${props.path}`,
          isEditable: props.isEditable,
          onChange: (text) => props.onChange(text),
          onSave: () => props.onSave(),
          onLine: (line) => props.onLine(line),
        }),
      )
    } catch {
      setError('The viewer did not load. Klaudio may have been updated meanwhile; reload the page.')
    }
  }
  onMount(() => void open())
  onCleanup(() => {
    isGone = true
    editor()?.destroy()
  })
  createEffect(() => editor()?.setText(props.text))
  createEffect(
    on([editor, () => props.isEditable], ([known, isEditable], before) => {
      known?.setEditable(isEditable)
      if (isEditable && before?.[0] === known) known?.focus()
    }),
  )
  createEffect(() => editor()?.showLine(props.line ?? 0))
  return (
    <>
      <Show when={error()}>
        <PartError message={error()} onRetry={() => void open()} />
      </Show>
      <Show when={!editor() && !error()}>
        <Skeleton rows={8} height={20} />
      </Show>
      <div ref={parent} class="code-view flex-1 min-h-0 min-w-0" />
    </>
  )
}
