/** Which changed files somebody has looked at, in this browser. A file that changes again is not viewed any more. */
import { createSignal } from 'solid-js'
import * as v from 'valibot'
import { load, save } from '../lib/storage.ts'

type Seen = { path: string; oid: string; status: string }

/** Reactive. */
export type Viewed = {
  has(file: Seen): boolean
  set(file: Seen, isViewed: boolean): void
  count(files: readonly Seen[]): number
}

const Stored = v.record(v.string(), v.string())

/** `name` says of what, such as a task and whose work. */
export function createViewed(name: string): Viewed {
  const key = `viewed.${name}`
  const [seen, setSeen] = createSignal(read(key))
  const has = (file: Seen): boolean => seen()[file.path] === versionOf(file)
  return {
    has,
    set(file, isViewed) {
      const { [file.path]: _, ...rest } = seen()
      const next = isViewed ? { ...rest, [file.path]: versionOf(file) } : rest
      setSeen(next)
      save(key, Object.keys(next).length > 0 ? JSON.stringify(next) : '')
    },
    count: (files) => files.filter(has).length,
  }
}

/** Enough of the content's name to tell versions of one file apart. */
const versionOf = ({ oid, status }: Seen): string => `${status}${oid.slice(0, 10)}`

function read(key: string): Record<string, string> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Stored), load(key) || '{}')
  return parsed.success ? parsed.output : {}
}
