import type { GlyphName } from '../../lib/glyph-name.ts'

type SampleNode = {
  id: string
  name: string
  depends_on: readonly string[]
  status: { glyph: GlyphName; word: string }
  detail: string
  role: string
  agent: undefined
}

const states: readonly [GlyphName, string, string][] = [
  ['done', 'Done', '2m 10s · $0.21'],
  ['run', 'Running', 'Editing store.ts'],
  ['need', 'Needs you', 'Asks you, 1m'],
  ['fail', 'Failed', 'NOSCRIPT No matching script'],
  ['wait', 'Waiting', 'After Limit policy'],
]
const subjects = ['Limit policy', 'Store', 'Middleware', 'Tests', 'Docs', 'Metrics', 'Review']

/** A plan of so many subtasks in layers of up to eight, each waiting for one or two of the layer before. */
export function sampleNodes(count: number, prefix: string): SampleNode[] {
  const width = count <= 5 ? 2 : 8
  const id = (index: number): string => `${prefix}-${count}-${index}`
  return Array.from({ length: count }, (_, index) => {
    const layer = Math.floor(index / width)
    const before = (layer - 1) * width
    const parents = layer === 0 ? [] : [before + (index % width), before + ((index * 3) % width)]
    // What is done comes before what waits, as in a real run.
    const at = Math.floor((index / count) * states.length)
    const [glyph, word, detail] = states[at] ?? ['wait', 'Waiting', '']
    return {
      id: id(index),
      name: `${subjects[index % subjects.length]} ${index + 1}`,
      depends_on: [...new Set(parents)].map(id),
      status: { glyph, word },
      detail,
      role: 'developer',
      agent: undefined,
    }
  })
}
