/** Appends the same endless sequence to a store, going on where the file ends, until it is killed. Argument: directory. */
import { createOutputStore } from '#streams/output-store.ts'

const [dir = ''] = process.argv.slice(2)
const store = createOutputStore({ dir })
let size = store.size('a')
console.log(size)
for (let round = 0; ; round++) {
  const length = 1 + ((round * 7919) % 70_000)
  const from = size
  size = store.append(
    'a',
    from,
    Uint8Array.from({ length }, (_, n) => (from + n) % 251),
  )
  if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
}
