import { resolve } from 'node:path'
import type { Task, TaskLimits, TaskSource } from '#contract/task.ts'
import { readSecret } from './address.ts'
import { type Call, fileText, isSet, numberOf, optionOf, print, textOf } from './call.ts'
import { toDelivery } from './delivery-options.ts'
import { usage } from './failure.ts'
import { taskPath } from './find.ts'
import { findRepo, runsInOf } from './repo-verbs.ts'
import { toSafeLine } from './safe-text.ts'
import { finishOrWatch } from './task-watch.ts'
import { findTeam } from './team-verbs.ts'
import { findUploads, type Upload, uploadAll } from './upload.ts'
import { shortId } from './words.ts'

const nameLength = 80

/** Created, given its files, and started: when the files cannot be given nothing is left behind. */
export async function createTask(call: Call): Promise<number> {
  const { api, options } = call
  const uploads = await findUploads(options.get('file') ?? [], call.terminal)
  const prompt = await readPrompt(call)
  const isDraft = isSet(call, 'draft')
  const team = optionOf(call, 'team')
  const teamId = team === undefined ? undefined : (await findTeam(api, team)).id
  const issue = optionOf(call, 'issue')
  const created = await api.send<Task>('POST', issue ? '/api/tasks/from-issue' : '/api/tasks', {
    ...toInput(call, prompt, uploads),
    ...(await fromKept(call)),
    ...(issue === undefined ? {} : { issue_url: issue, name: optionOf(call, 'name') }),
    ...(teamId === undefined ? {} : { team_template: teamId }),
    auto_start: !isDraft && uploads.length === 0,
  })
  const task = uploads.length === 0 ? created : await giveFiles(call, created, uploads)
  const say = (): Promise<void> =>
    print(call, task, () => [
      `${shortId(task.id)}  ${toSafeLine(task.name)}  ${pageOf(call, task)}`,
    ])
  return isDraft ? await say().then(() => 0) : await finishOrWatch(call, task, say)
}

/** A repository that is kept takes the place of one that is named; `--ref` is another start in it. */
async function fromKept(call: Call): Promise<Record<string, unknown>> {
  const kept = optionOf(call, 'from')
  if (kept === undefined) return {}
  if (optionOf(call, 'repo') !== undefined) throw usage('Give either --repo or --from, not both.')
  const { id, url } = await findRepo(call.api, kept)
  const ref = optionOf(call, 'ref')
  const depth = numberOf(call, 'depth')
  const source: TaskSource = ref === undefined ? { kind: 'empty' } : { kind: 'git', url, ref }
  return { repo_template_id: id, source, ...(depth !== undefined && { repo_overrides: { depth } }) }
}

const pageOf = ({ api }: Call, { id }: Task): string => `${api.url}/tasks/${id}`

async function readPrompt(call: Call): Promise<string> {
  const [word] = call.words
  const file = optionOf(call, 'prompt-file')
  if (word !== undefined && file !== undefined)
    throw usage('The prompt is given twice: as a word and with --prompt-file.')
  // The issue says what is to be done, and a word only adds to it.
  if (optionOf(call, 'issue') !== undefined && word === undefined && file === undefined) return ''
  const read = file === undefined ? textOf(call, word ?? '-') : fileText(call, file)
  const text = (await read).trim()
  if (text === '') throw usage('The prompt is empty: say what is to be done.')
  return text
}

function toInput(call: Call, prompt: string, uploads: readonly Upload[]): Record<string, unknown> {
  const { options, terminal } = call
  const tokenFile = optionOf(call, 'repo-token-file')
  const mode = optionOf(call, 'mode')
  const model = optionOf(call, 'model')
  const permissionMode = optionOf(call, 'permission-mode')
  const delivery = toDelivery(call)
  const runsIn = runsInOf(call)
  return {
    name: optionOf(call, 'name') ?? toName(prompt),
    test_command: optionOf(call, 'test'),
    prompt,
    source: toSource(call, uploads.length > 0),
    limits: toLimits(call),
    auto_approve: isSet(call, 'auto-approve'),
    output_files: options.get('output-file') ?? [],
    ...(mode === undefined ? {} : { mode }),
    ...(model === undefined ? {} : { model }),
    ...(permissionMode === undefined ? {} : { permission_mode: permissionMode }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(runsIn === undefined ? {} : { runs_in: runsIn }),
    ...(tokenFile === undefined
      ? {}
      : { access_token: readSecret(tokenFile, terminal.cwd, 'token') }),
  }
}

function toName(prompt: string): string {
  const [line = ''] = prompt.split('\n')
  const short = line.trim()
  return short.length <= nameLength ? short : `${short.slice(0, nameLength - 1).trimEnd()}…`
}

/** What looks like a URL or like `user@host:path` is remote; anything else is a path, made absolute here. */
export function toSource(call: Pick<Call, 'options' | 'terminal'>, hasFiles: boolean): TaskSource {
  const repository = optionOf(call, 'repo')
  const ref = optionOf(call, 'ref')
  if (repository === undefined) {
    const isOfNothing = optionOf(call, 'from') === undefined
    if (ref !== undefined && isOfNothing)
      throw usage('--ref says where in a repository to start; give --repo or --from, too.')
    if (optionOf(call, 'depth') !== undefined && isOfNothing)
      throw usage('--depth is about the history of a repository; give --repo or --from, too.')
    return hasFiles ? { kind: 'files' } : { kind: 'empty' }
  }
  const depth = numberOf(call, 'depth')
  const at = { ...(ref === undefined ? {} : { ref }), ...(depth ? { depth } : {}) }
  const isRemote =
    /^[a-z][a-z0-9+.-]+:\/\//i.test(repository) || /^[^/\\]+@[^/\\]+:/.test(repository)
  if (isRemote) return { kind: 'git', url: repository, ...at }
  return { kind: 'local', path: resolve(call.terminal.cwd, repository), ...at }
}

function toLimits(call: Call): TaskLimits {
  const limits = {
    max_agents: numberOf(call, 'max-agents'),
    max_attempts: numberOf(call, 'max-attempts'),
    max_turns: numberOf(call, 'max-turns'),
    max_cost_usd: numberOf(call, 'max-cost'),
    subtask_timeout_minutes: numberOf(call, 'timeout'),
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}

async function giveFiles(call: Call, task: Task, uploads: readonly Upload[]): Promise<Task> {
  const { api, terminal } = call
  try {
    await uploadAll(api, task, uploads)
  } catch (error) {
    await api.send('DELETE', taskPath(task))
    terminal.note(`The task was not created, because its files could not be given to it.`)
    throw error
  }
  if (isSet(call, 'draft')) return task
  const { task: started } = await api.send<{ task: Task }>('POST', `${taskPath(task)}/start`)
  return started
}
