/** Checkpoints of a task, one of each kind. */
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { RestorePreview } from '#contract/restore-preview.ts'

const at = (minutesAgo: number): string => new Date(Date.now() - minutesAgo * 60_000).toISOString()
const oid = '4f2a9c1be0d3478899aabbccddeeff0011223344'

const subtasks = (done: number) => ({
  plan_version: 2,
  completed_subtasks: ['limits', 'store', 'docs'].slice(0, done),
  current_subtasks: ['tests'],
  failed_subtasks: [],
  subtasks: ['limits', 'store', 'docs', 'tests'].map((id, index) => ({
    id,
    name: `${id[0]?.toUpperCase()}${id.slice(1)} of the rate limiter`,
    status:
      index < done
        ? ('completed' as const)
        : index === 3
          ? ('running' as const)
          : ('pending' as const),
  })),
})

export const checkpointsOf = (taskId = ''): Checkpoint[] => [
  {
    ...{ id: 'c5', task_id: taskId, cause: 'manual', status: 'taking' },
    ...{ size_bytes: 0, files_changed: 0, created_at: at(0) },
  },
  {
    ...{ id: 'c4', task_id: taskId, cause: 'subtask', status: 'ready', commit: oid },
    ...{ size_bytes: 48_213, files_changed: 14, created_at: at(6), completed_at: at(6) },
    task_status: 'running',
    plan_progress: subtasks(2),
    agent_states: [
      {
        ...{ agent_id: 'agent-redis-store', role: 'developer', subtask_id: 'store', commit: oid },
        ...{ files: 412, files_changed: 14, left_out: 1, output_bytes: 188_422 },
      },
    ],
    repo_state: { branch: 'klaudio/9f3c21aa', commit: oid },
  },
  {
    ...{ id: 'c3', task_id: taskId, cause: 'interval', status: 'failed' },
    error: "The agent's files could not be saved: the work tree kept changing while it was saved.",
    ...{ size_bytes: 0, files_changed: 0, created_at: at(11), completed_at: at(11) },
  },
  {
    ...{ id: 'c2', task_id: taskId, cause: 'manual', status: 'ready', commit: oid },
    label: 'before the store is replaced',
    ...{ size_bytes: 0, files_changed: 0, created_at: at(25), completed_at: at(25) },
    task_status: 'running',
    plan_progress: subtasks(1),
    agent_states: [
      {
        ...{ agent_id: 'agent-redis-store', role: 'developer', subtask_id: 'store', commit: oid },
        ...{ files: 409, files_changed: 3, left_out: 0, output_bytes: 90_210 },
      },
    ],
    repo_state: { branch: 'klaudio/9f3c21aa', commit: oid },
  },
]

export const restorePreviewOf = (id = ''): RestorePreview => ({
  ...{ checkpoint_id: id, taken_at: at(25), possible: 'stop' },
  reason: 'The task is running: its agents are stopped first.',
  status: { from: 'running', to: 'paused' },
  plan: { from: 2, to: 2, is_planning: false },
  branch: {
    ...{ name: 'klaudio/9f3c21aa', from: oid, to: oid },
    files: {
      ...{ added: 0, changed: 2, removed: 1 },
      files: [
        { path: 'src/limits.ts', change: 'changed' },
        { path: 'src/store.ts', change: 'changed' },
        { path: 'src/store.test.ts', change: 'removed' },
      ],
    },
  },
  subtasks: [{ id: 'store', name: 'Store of the rate limiter', from: 'completed', to: 'queued' }],
  agents: [
    {
      ...{ agent_id: 'agent-redis-store', role: 'developer', subtask_id: 'store' },
      ...{ becomes: 'goes-back', left_out: 1, files_as_of: at(6) },
      files: {
        ...{ added: 1, changed: 1, removed: 0 },
        files: [
          { path: 'notes.md', change: 'added' },
          { path: 'src/redis.ts', change: 'changed' },
        ],
      },
    },
    { agent_id: 'a9', role: 'tester', subtask_id: 'tests', becomes: 'ends' },
  ],
  notes: [
    'Staged changes and stashes of agents do not come back: they are in no checkpoint.',
    'Messages, costs and the timeline stay: they are a record of what happened.',
    'What is there now is kept as a checkpoint first; restoring that undoes this.',
  ],
})
