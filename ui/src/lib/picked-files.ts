/** Files as a person hands them over: picked, pasted or dropped, folders with the paths below them. */

export type PickedFile = { path: string; file: File }

/** How the sending of some files is followed and stopped. */
export type SendOptions = {
  /** Bytes of the request on their way so far, framing included. */
  onProgress: (bytes: number) => void
  signal: AbortSignal
}

/** Only a browser's own files have it. */
type InFolder = File & { webkitRelativePath?: string }

/** More than this is no longer handed over by hand; a repository is the way. */
export const maxPicked = 5000

/** From a picker; a picked folder gives its files their paths. `.git` is left out. */
export const fromList = (list: Iterable<File> | null | undefined): PickedFile[] =>
  [...(list ?? [])]
    .map((file) => ({ path: (file as InFolder).webkitRelativePath || file.name, file }))
    .filter(({ path }) => !isGit(path))

/** What of the browser's entries is used; `webkitGetAsEntry` is all there is for folders, in every browser. */
export type DroppedEntry = {
  name: string
  isDirectory: boolean
  file?: (done: (file: File) => void, failed: (error: unknown) => void) => void
  createReader?: () => {
    readEntries(done: (entries: DroppedEntry[]) => void, failed: (error: unknown) => void): void
  }
}

/** Everything below what was dropped, at most `maxPicked` files. Rejects when one of them cannot be read. */
export async function fromEntries(entries: readonly DroppedEntry[]): Promise<PickedFile[]> {
  const found: PickedFile[] = []
  const walk = async (entry: DroppedEntry, folder: string): Promise<void> => {
    if (found.length >= maxPicked || entry.name === '.git') return
    const path = `${folder}${entry.name}`
    if (!entry.isDirectory) {
      const file = await new Promise<File>((done, failed) => entry.file?.(done, failed))
      found.push({ path, file })
      return
    }
    const reader = entry.createReader?.()
    if (!reader) return
    // A reader hands out a folder in portions, and an empty one is the end.
    for (;;) {
      const portion = await new Promise<DroppedEntry[]>((done, failed) =>
        reader.readEntries(done, failed),
      )
      if (portion.length === 0) return
      for (const inner of portion) await walk(inner, `${path}/`)
    }
  }
  for (const entry of entries) await walk(entry, '')
  return found.slice(0, maxPicked)
}

/** What of the browser's `DataTransfer` is used. */
type Transfer = {
  readonly items: Iterable<{ webkitGetAsEntry(): unknown }>
  readonly files: Iterable<File>
}

/** Call it in the event itself: the browser empties the transfer right after. */
export function fromTransfer(transfer: Transfer | null): Promise<PickedFile[]> {
  const entries = [...(transfer?.items ?? [])]
    // The browser's own type is the same with more in it.
    .map((item) => item.webkitGetAsEntry() as DroppedEntry | null)
    .filter((entry) => entry !== null)
  return entries.length > 0 ? fromEntries(entries) : Promise.resolve(fromList(transfer?.files))
}

/** Pasted pictures are all called image.png: each gets a name of its own. */
export function fromPaste(files: Iterable<File>, known: readonly string[]): PickedFile[] {
  const taken = new Set(known)
  return fromList(files).map(({ path, file }) => {
    const cut = path.lastIndexOf('.')
    const [name, ending] = cut > 0 ? [path.slice(0, cut), path.slice(cut)] : [path, '']
    let free = path
    for (let number = 2; taken.has(free); number++) free = `${name}-${number}${ending}`
    taken.add(free)
    return { path: free, file }
  })
}

const isGit = (path: string): boolean => path.split('/').includes('.git')
