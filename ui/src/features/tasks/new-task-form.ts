/** What the form of a new task holds, what is wrong with it, and what becomes of it. */
import * as v from 'valibot'
import { DeliverySettings } from '#contract/delivery.ts'
import { Model } from '#contract/model.ts'
import { type PermissionMode, permissionModes } from '#contract/permission.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { TestCommand } from '#contract/result-check.ts'
import { type CreateTask, type RunMode, TaskLimits, type TaskSource } from '#contract/task.ts'
import {
  DeliveryDraft,
  type DeliveryForm,
  deliveryProblem,
  emptyDelivery,
  toSettings,
} from '../../lib/delivery.ts'
import { firstLine } from '../../lib/text.ts'

export type SourceKind = TaskSource['kind'] | 'template'
export type LimitName = keyof Required<TaskLimits>

export type NewTask = {
  name: string
  prompt: string
  sourceKind: SourceKind
  url: string
  path: string
  ref: string
  token: string
  /** Id of one of the vault; empty: none. */
  credential: string
  /** Id of a repository template, for the kind of that name; its address is in `url`. */
  repository: string
  /** What this task wants otherwise than it. */
  overrides: { [flag in 'auto_branch' | 'auto_push' | 'auto_pr']?: boolean | undefined }
  mode: RunMode
  /** Id of a team; null: the one that is chosen beforehand, if any. Empty: none. */
  team: string | null
  model: string
  /** Empty: as the settings say. */
  permissionMode: PermissionMode | ''
  limits: Record<LimitName, string>
  /** Tests the merged work; empty: what its files name. */
  testCommand: string
  /** What becomes of the finished work. */
  delivery: DeliveryForm
}

export const emptyTask: NewTask = {
  name: '',
  prompt: '',
  sourceKind: 'empty',
  url: '',
  path: '',
  ref: '',
  token: '',
  credential: '',
  repository: '',
  overrides: {},
  mode: 'parallel',
  team: null,
  model: '',
  permissionMode: '',
  limits: {
    max_agents: '',
    subtask_timeout_minutes: '',
    max_attempts: '',
    max_cost_usd: '',
    max_turns: '',
  },
  testCommand: '',
  delivery: emptyDelivery,
}

/** What a task takes over when a repository is chosen. */
export const takeRepository = (template: RepoTemplate): Partial<NewTask> => ({
  sourceKind: 'template',
  repository: template.id,
  url: template.url,
  ref: template.default_branch,
  credential: template.credential_id ?? '',
  overrides: {},
})

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

/** Fields in the order they stand on the page, with what a summary calls them. */
export const fieldNames = {
  prompt: 'What should be done',
  files: 'Files',
  url: 'URL',
  path: 'Path',
  ref: 'Branch, tag or commit',
  token: 'Access token',
  delivery: 'Its own branch',
  model: 'Model',
  max_agents: 'Agents at once',
  max_attempts: 'Attempts per subtask',
  subtask_timeout_minutes: 'Minutes per subtask',
  max_turns: 'Turns per agent',
  max_cost_usd: 'Dollars per agent',
  test_command: 'Test command',
} as const
export type FieldName = keyof typeof fieldNames
export type Problems = Partial<Record<FieldName, string>>

/** What each limit may be; `tests/ui/new-task.test.ts` holds it to the server's own rules. */
export const limitRanges: Record<LimitName, { min: number; max: number; whole: boolean }> = {
  max_agents: { min: 1, max: 64, whole: true },
  subtask_timeout_minutes: { min: 0.05, max: 1440, whole: false },
  max_attempts: { min: 1, max: 10, whole: true },
  max_cost_usd: { min: 0.01, max: 10_000, whole: false },
  max_turns: { min: 1, max: 10_000, whole: true },
}
const limitNames = Object.keys(limitRanges) as LimitName[]

export function limitProblem(name: LimitName, text: string): string | undefined {
  if (text.trim() === '') return undefined
  const value = Number(text)
  if (text.trim() !== '' && v.is(TaskLimits.entries[name], value)) return undefined
  const { min, max, whole } = limitRanges[name]
  return `Give a ${whole ? 'whole number' : 'number'} from ${min} to ${max.toLocaleString('en')}, or nothing.`
}

/** Wrong already while it is typed: what can only get right by changing it. */
export function problemsWhileTyping(task: NewTask): Problems {
  const problems: Problems = {}
  if (task.sourceKind === 'git' && hasUserinfo(task.url))
    problems.url =
      'Leave the user name and password out of the address: give an access token instead.'
  if (task.sourceKind === 'local' && task.path.trim() !== '' && !isAbsolute(task.path))
    problems.path = 'Give an absolute path on the machine where Klaudio runs.'
  const delivery = isDeliverable(task) ? deliveryProblem(task.delivery) : undefined
  if (delivery) problems.delivery = delivery
  if (task.model.trim() !== '' && !v.is(Model, task.model))
    problems.model = 'Give a name such as opus, or a full model id.'
  if (!v.is(TestCommand, task.testCommand))
    problems.test_command = 'Give a command of at most 2,000 characters.'
  for (const name of limitNames) {
    const problem = limitProblem(name, task.limits[name])
    if (problem) problems[name] = problem
  }
  return problems
}

/** Everything that keeps the task from being created. */
export function problemsOf(task: NewTask, files: { count: number; problem?: string }): Problems {
  const problems = problemsWhileTyping(task)
  if (task.prompt.trim() === '') problems.prompt = 'Say what should be done.'
  if (task.sourceKind === 'git' && task.url.trim() === '') problems.url = 'Give the repository URL.'
  if (task.sourceKind === 'template' && task.repository === '')
    problems.url = 'Choose one of the repositories.'
  if (task.sourceKind === 'local' && task.path.trim() === '')
    problems.path = 'Give an absolute path on the machine where Klaudio runs.'
  if (wantsToken(task)) problems.token = 'Delivering needs a token that may write there.'
  if (files.problem) problems.files = files.problem
  else if (task.sourceKind === 'files' && files.count === 0)
    problems.files = 'Add the files to start from.'
  return problems
}

/** Problems in the order of the page, for the summary. */
export const listProblems = (problems: Problems): { field: FieldName; message: string }[] =>
  (Object.keys(fieldNames) as FieldName[]).flatMap((field) => {
    const message = problems[field]
    return message ? [{ field, message }] : []
  })

/** The id of a field's control, for links from the summary. */
export const fieldId = (field: FieldName): string => `new-task-${field}`

export function toCreateTask(task: NewTask, options: { autoApprove: boolean }): CreateTask {
  const limits: TaskLimits = {}
  for (const name of limitNames)
    if (task.limits[name].trim() !== '') limits[name] = Number(task.limits[name])
  return {
    name: nameOf(task),
    prompt: task.prompt.trim(),
    auto_start: false,
    auto_approve: options.autoApprove,
    // A team brings its own mode.
    ...(task.team ? { team_template: task.team } : { mode: task.mode }),
    ...(task.model.trim() ? { model: task.model.trim() } : {}),
    ...(task.permissionMode ? { permission_mode: task.permissionMode } : {}),
    source: toSource(task),
    ...toOpening(task),
    limits,
    ...(task.testCommand.trim() ? { test_command: task.testCommand.trim() } : {}),
    ...toDelivery(task),
    output_files: [],
  }
}

/** What opens the source. A token that was typed counts before a credential that was chosen. */
function toOpening({ sourceKind, token, credential, repository, overrides }: NewTask) {
  if (sourceKind === 'template') return { repo_template_id: repository, repo_overrides: overrides }
  if (sourceKind !== 'git') return {}
  if (token) return { access_token: token }
  return credential ? { credential_id: credential } : {}
}

/** Only a repository that others have is a place to deliver to. */
const isDeliverable = ({ sourceKind }: NewTask): boolean =>
  sourceKind === 'git' || sourceKind === 'local'

const wantsToken = ({ sourceKind, url, token, credential, delivery }: NewTask): boolean =>
  sourceKind === 'git' &&
  delivery.to !== 'nowhere' &&
  /^https?:/i.test(url.trim()) &&
  token === '' &&
  credential === ''

/** A repository of this machine has no pull requests, whatever was chosen before for another. */
function toDelivery(task: NewTask): Pick<CreateTask, 'delivery'> {
  const { delivery, sourceKind } = task
  const isLocal = sourceKind === 'local' && delivery.to === 'pull-request'
  const settings = toSettings(isLocal ? { ...delivery, to: 'branch' } : delivery)
  return settings && isDeliverable(task) ? { delivery: v.parse(DeliverySettings, settings) } : {}
}

/** A template brings its own, unless the task begins elsewhere in it. */
export function toSource({ sourceKind, url, path, ref }: NewTask): TaskSource {
  const at = ref.trim() ? { ref: ref.trim() } : {}
  switch (sourceKind) {
    case 'git':
      return { kind: 'git', url: url.trim(), ...at }
    case 'local':
      return { kind: 'local', path: path.trim(), ...at }
    case 'template':
      return ref.trim() ? { kind: 'git', url: url.trim(), ...at } : { kind: 'empty' }
    default:
      return { kind: sourceKind }
  }
}

const isAbsolute = (path: string): boolean => /^(\/|[a-z]:[\\/])/i.test(path.trim())

/** A password, or a name where only ssh has one. */
function hasUserinfo(url: string): boolean {
  const [, scheme = '', userinfo] = /^([a-z][a-z0-9+.-]*):\/\/([^/@]*)@/i.exec(url.trim()) ?? []
  return userinfo !== undefined && (userinfo.includes(':') || scheme.toLowerCase() !== 'ssh')
}

/** Without what could be a secret; the names of the files, which a browser cannot keep, go along. */
export function toDraft(task: NewTask, fileNames: readonly string[]): string {
  const { token: _, ...rest } = task
  const url = hasUserinfo(task.url) ? task.url.replace(/\/\/[^/@]*@/, '//') : task.url
  const draft = { ...rest, url, files: fileNames.slice(0, 20), fileCount: fileNames.length }
  return JSON.stringify(draft) === JSON.stringify(toEmptyDraft()) ? '' : JSON.stringify(draft)
}

const toEmptyDraft = () => {
  const { token: _, ...rest } = emptyTask
  return { ...rest, files: [], fileCount: 0 }
}

const Draft = v.object({
  name: v.fallback(v.string(), ''),
  prompt: v.fallback(v.string(), ''),
  sourceKind: v.fallback(v.picklist(['empty', 'files', 'git', 'local', 'template']), 'empty'),
  url: v.fallback(v.string(), ''),
  path: v.fallback(v.string(), ''),
  ref: v.fallback(v.string(), ''),
  credential: v.fallback(v.string(), ''),
  repository: v.fallback(v.string(), ''),
  overrides: v.fallback(
    v.partial(v.object({ auto_branch: v.boolean(), auto_push: v.boolean(), auto_pr: v.boolean() })),
    {},
  ),
  mode: v.fallback(v.picklist(['sequential', 'parallel']), 'parallel'),
  team: v.fallback(v.nullable(v.string()), null),
  model: v.fallback(v.string(), ''),
  permissionMode: v.fallback(v.picklist(['', ...permissionModes]), ''),
  limits: v.fallback(v.record(v.string(), v.string()), {}),
  testCommand: v.fallback(v.string(), ''),
  delivery: DeliveryDraft,
  files: v.fallback(v.array(v.string()), []),
  fileCount: v.fallback(v.number(), 0),
})

/** What an older page or another version left is taken as far as it fits. */
export function readDraft(text: string): { task: NewTask; files: string[]; fileCount: number } {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Draft), text)
  if (!parsed.success) return { task: structuredClone(emptyTask), files: [], fileCount: 0 }
  const { files, fileCount, limits, ...rest } = parsed.output
  const known = limitNames.map((name) => [name, limits[name] ?? ''])
  return {
    task: { ...rest, token: '', limits: Object.fromEntries(known) as NewTask['limits'] },
    files,
    fileCount,
  }
}
