/** One opened file: loading, its draft, saving, and what to do when somebody else was faster. */
import { createEffect, createSignal, on, onCleanup } from 'solid-js'
import { createAct } from '../../data/act.ts'
import { ApiError, api, type FilePart } from '../../data/api.ts'
import { type FilePlace, isReadOnly } from '../../data/file-place.ts'
import { invalidateWork } from '../../data/work.ts'
import { type FileKind, fileKind } from '../../lib/file-kind.ts'
import { loadDraft, saveDraft } from './file-draft.ts'

/** What is shown of a file at most; the server edits no longer ones. */
export const shownBytes = 2 * 1024 * 1024

export type Opened = FilePart & { content: FileKind }

export function createOpenFile(
  taskId: string,
  place: FilePlace,
  changedAt: () => number | undefined,
) {
  const [file, setFile] = createSignal<Opened>()
  const [draft, setDraft] = createSignal<string>()
  const [hasConflict, setConflict] = createSignal(false)
  const loading = createAct()
  const act = createAct()
  /** Version that the draft was begun on. */
  let begun = ''
  let timer: ReturnType<typeof setTimeout> | undefined

  const isWhole = (part: FilePart): boolean => part.bytes.length === part.size
  const savedText = (): string => {
    const content = file()?.content
    return content?.kind === 'text' ? content.text : ''
  }
  const read = async (): Promise<void> => {
    const part = await api.readFile(taskId, place, {
      maxBytes: shownBytes,
      known: file()?.version,
    })
    if (part) setFile({ ...part, content: fileKind(part.bytes, !isWhole(part)) })
  }
  const keep = (): void => {
    clearTimeout(timer)
    // A draft of the same path is about another file then.
    if (isReadOnly(place)) return
    const text = draft()
    const isDirty = text !== undefined && text !== savedText()
    saveDraft(taskId, place, isDirty ? { text, version: begun } : undefined)
  }
  const openFirst = (): void =>
    void loading.run(async () => {
      await read()
      const kept = canEdit() ? loadDraft(taskId, place) : undefined
      if (!kept) return
      begun = kept.version
      setDraft(kept.text)
      setConflict(kept.version !== file()?.version)
    })
  const canEdit = (): boolean => {
    const known = file()
    return known?.content.kind === 'text' && isWhole(known) && !isReadOnly(place)
  }
  const saveOn = (version: string): Promise<boolean> =>
    act.run(async () => {
      try {
        await api.saveFile(taskId, place, { content: draft() ?? '', version })
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'file.changed') throw error
        await read()
        setConflict(true)
        return
      }
      await read()
      setDraft(undefined)
      setConflict(false)
      keep()
      invalidateWork(taskId)
    })

  openFirst()
  createEffect(
    on(
      changedAt,
      () => {
        // What is being written stays; saving it tells that there is another version.
        if (file() && draft() === undefined) void read().catch(() => {})
      },
      { defer: true },
    ),
  )
  window.addEventListener('pagehide', keep)
  onCleanup(() => {
    keep()
    window.removeEventListener('pagehide', keep)
  })
  return {
    file,
    draft,
    hasConflict,
    loading,
    act,
    canEdit,
    isWhole: () => {
      const known = file()
      return known !== undefined && isWhole(known)
    },
    isDirty: () => draft() !== undefined && draft() !== savedText(),
    reload: openFirst,
    edit() {
      begun = file()?.version ?? ''
      setDraft(savedText())
    },
    type(text: string) {
      if (draft() === undefined) return
      setDraft(text)
      clearTimeout(timer)
      timer = setTimeout(keep, 300)
    },
    discard() {
      setDraft(undefined)
      setConflict(false)
      keep()
    },
    save: () => saveOn(begun),
    /** In place of whatever there is now. */
    overwrite() {
      begun = file()?.version ?? ''
      return saveOn(begun)
    },
    remove: () =>
      act.run(async () => {
        await api.deleteFile(taskId, place)
        saveDraft(taskId, place, undefined)
        invalidateWork(taskId)
      }),
  }
}
