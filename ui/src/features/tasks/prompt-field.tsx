import { useLocation } from '@solidjs/router'
import { type JSX, onMount, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import type { UploadItem } from '../../data/upload-queue.ts'
import { fromPaste, type PickedFile } from '../../lib/picked-files.ts'
import { AttachedFiles, FileButtons } from './attached-files.tsx'
import { fieldId, type Problems } from './new-task-form.ts'

/** The prompt and what goes along with it, as one box. */
export function PromptField(props: {
  value: string
  problems: Problems
  items: readonly UploadItem[]
  maxBytes: number | undefined
  forgotten: readonly string[]
  forgottenCount: number
  /** Something is dragged over the page. */
  isOver: boolean
  onInput: (prompt: string) => void
  onFiles: (files: PickedFile[]) => void
  onRemove: (path: string) => void
  onForget: () => void
}): JSX.Element {
  const id = fieldId('prompt')
  const error = (): string | undefined => props.problems.prompt
  const location = useLocation<{ toField?: boolean }>()
  let field: HTMLTextAreaElement | undefined
  onMount(() => {
    if (location.state?.toField) field?.focus()
  })
  const paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length === 0) return
    event.preventDefault()
    props.onFiles(
      fromPaste(
        files,
        props.items.map(({ path }) => path),
      ),
    )
  }
  return (
    <div class="col gap-1.5">
      <label for={id} class="label">
        What should be done?
      </label>
      <div
        class="bg-bg1 border border-solid border-ctl rounded-card min-w-0 overflow-hidden focus-within:border-tx1 focus-within:shadow-[inset_0_0_0_1px_var(--tx1)]"
        classList={{
          'border-dashed! border-tx1!': props.isOver,
          'border-fail!': error() !== undefined,
        }}
      >
        <textarea
          ref={field}
          id={id}
          class="block w-full bg-transparent border-0 px-3 pt-2.5 pb-1 text-[16px] leading-[24px] md:text-[14px] md:leading-[22px] font-sans resize-none outline-none! field-sizing-content max-h-[50vh] placeholder:text-tx3"
          style={{ 'min-height': '152px' }}
          placeholder="Describe the result you want. The planner reads the repository, asks what is unclear, and splits the work. Or paste the address of an issue."
          value={props.value}
          aria-invalid={error() ? 'true' : undefined}
          aria-describedby={`${id}-note`}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          onPaste={paste}
        />
        <div class="flex items-center gap-0.5 px-1.5 pb-1.5" id={fieldId('files')} tabIndex={-1}>
          <FileButtons onFiles={props.onFiles} />
          <span class="t3 text-small desk">
            {props.isOver ? 'Drop them anywhere here' : 'or paste or drop them'}
          </span>
        </div>
        <AttachedFiles
          items={props.items}
          maxBytes={props.maxBytes}
          forgotten={props.forgotten}
          forgottenCount={props.forgottenCount}
          onRemove={props.onRemove}
          onForget={props.onForget}
        />
      </div>
      <div id={`${id}-note`}>
        <Show when={error() ?? props.problems.files}>
          {(words) => (
            <div class="text-fail text-small flex items-start gap-1.5">
              <Glyph name="fail" class="w-3.5! h-3.5! mt-px" />
              {words()}
            </div>
          )}
        </Show>
      </div>
    </div>
  )
}
