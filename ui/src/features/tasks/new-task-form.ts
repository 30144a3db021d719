/** What the form of a new task holds, and what becomes of it. */
import type { CreateTask, RunMode, TaskLimits, TaskSource } from '#contract/task.ts'
import { firstLine } from '../../lib/text.ts'

export type SourceKind = TaskSource['kind']
export type LimitName = keyof Required<TaskLimits>

export type NewTask = {
  name: string
  prompt: string
  sourceKind: SourceKind
  url: string
  path: string
  ref: string
  token: string
  mode: RunMode
  model: string
  limits: Record<LimitName, string>
}

export const emptyTask: NewTask = {
  name: '',
  prompt: '',
  sourceKind: 'empty',
  url: '',
  path: '',
  ref: '',
  token: '',
  mode: 'parallel',
  model: '',
  limits: {
    max_agents: '',
    subtask_timeout_minutes: '',
    max_attempts: '',
    max_cost_usd: '',
    max_turns: '',
  },
}

const maxNameLength = 80

/** The given name, else the prompt's first line. */
export function nameOf({ name, prompt }: Pick<NewTask, 'name' | 'prompt'>): string {
  const given =
    name.trim() ||
    firstLine(prompt)
      .replace(/^#+\s*/, '')
      .trim()
  return given.length > maxNameLength ? `${given.slice(0, maxNameLength - 1).trimEnd()}…` : given
}

/** Field -> what is wrong with it. Empty when the task can be created. */
export function problemsOf(task: NewTask, fileCount: number): Record<string, string> {
  const problems: Record<string, string> = {}
  if (task.prompt.trim() === '') problems.prompt = 'Say what should be done.'
  if (task.sourceKind === 'git' && task.url.trim() === '') problems.url = 'Give the repository URL.'
  if (task.sourceKind === 'local' && !task.path.trim().startsWith('/'))
    problems.path = 'Give an absolute path on the machine where Klaudio runs.'
  if (task.sourceKind === 'files' && fileCount === 0)
    problems.files = 'Add the files to start from.'
  for (const [name, text] of Object.entries(task.limits))
    if (text.trim() !== '' && !(Number(text) > 0))
      problems[name] = 'Give a number above 0, or nothing.'
  return problems
}

export function toCreateTask(task: NewTask, options: { autoApprove: boolean }): CreateTask {
  const limits: TaskLimits = {}
  // The keys are those of the limits, by the type of the form.
  for (const [name, text] of Object.entries(task.limits))
    if (text.trim() !== '') limits[name as LimitName] = Number(text)
  return {
    name: nameOf(task),
    prompt: task.prompt.trim(),
    auto_start: false,
    auto_approve: options.autoApprove,
    mode: task.mode,
    ...(task.model.trim() ? { model: task.model.trim() } : {}),
    source: toSource(task),
    ...(task.sourceKind === 'git' && task.token ? { access_token: task.token } : {}),
    limits,
    output_files: [],
  }
}

function toSource({ sourceKind, url, path, ref }: NewTask): TaskSource {
  const at = ref.trim() ? { ref: ref.trim() } : {}
  switch (sourceKind) {
    case 'git':
      return { kind: 'git', url: url.trim(), ...at }
    case 'local':
      return { kind: 'local', path: path.trim(), ...at }
    default:
      return { kind: sourceKind }
  }
}
