import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
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

const at = '2026-01-05T10:00:00.000Z'

/** A task that nobody can edit: it is shown, and never asked for. */
export const sampleTask: Task = {
  id: 'design',
  name: 'Rate limits for the public API',
  prompt: 'Limit each API key.',
  status: 'completed',
  phase: null,
  has_state: false,
  mode: 'parallel',
  model: 'opus',
  source: { kind: 'empty' },
  limits: {},
  auto_approve: false,
  permission_mode: 'bypassPermissions',
  permission_rules: [],
  branch: 'klaudio/rate-limits',
  base_commit: null,
  head_commit: null,
  plan_version: 1,
  progress: { total: 0, completed: 0, running: 0, failed: 0, skipped: 0 },
  cost_usd: 0,
  created_at: at,
  updated_at: at,
}

/** The plan that the nodes stand for. */
export const samplePlan = (nodes: readonly SampleNode[]): Plan => ({
  id: 'design',
  task_id: sampleTask.id,
  version: 1,
  origin: 'planner',
  analysis: '',
  strategy: 'parallel',
  subtasks: nodes.map(({ id, name, depends_on }) => ({
    id,
    name,
    description: '',
    prompt: name,
    depends_on: [...depends_on],
    files_involved: [],
    complexity: 'medium',
    agent_role: 'developer',
    status: 'completed',
    attempt: 1,
    max_attempts: 2,
  })),
  estimated_agents: 1,
  notes: '',
  status: 'approved',
  created_at: at,
})
