/** `klaudio permissions`, `allow` and `deny`: what agents ask to be allowed, and what a person says to it. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { AnswerPermission, Permission } from '#contract/permission.ts'
import { type Call, isSet, optionOf, print, textOf, wordOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeLine, toSafeText } from './safe-text.ts'
import { formatAgo, shortId } from './words.ts'

type Answer = { permissions: Permission[] }

export async function listPermissions(call: Call): Promise<number> {
  const { api, words } = call
  const [typed] = words
  const path =
    typed === undefined ? '/api/permissions' : `${taskPath(await findTask(api, typed))}/permissions`
  const answer = await api.get<Answer>(path)
  await print(call, answer, () =>
    answer.permissions.length > 0
      ? answer.permissions.flatMap((each, at) => [...(at > 0 ? [''] : []), ...render(call, each)])
      : ['No agent asks for permission.'],
  )
  return 0
}

export async function allow(call: Call): Promise<number> {
  const asked = await findPermission(call)
  const forTask = isSet(call, 'for-task')
  if (forTask && asked.rules.length === 0)
    throw new Failure(
      exitCodes.conflict,
      'This can only be allowed once: the CLI knows no rule for it. Leave out --for-task.',
      { code: 'permission.no-rule' },
    )
  return await answer(call, asked, { decision: 'allow', scope: forTask ? 'task' : 'once' }, () =>
    forTask
      ? `Allowed for this task: ${asked.rules.map(toSafeLine).join(', ')}`
      : `Allowed once: ${summary(asked)}`,
  )
}

export async function deny(call: Call): Promise<number> {
  const asked = await findPermission(call)
  const message = (await textOf(call, optionOf(call, 'reason') ?? '')).trim()
  return await answer(call, asked, { decision: 'deny', message }, () => `Denied: ${summary(asked)}`)
}

async function answer(
  call: Call,
  asked: Permission,
  said: AnswerPermission,
  toLine: () => string,
): Promise<number> {
  const path = `${taskPath({ id: asked.task_id })}/permissions/${encodeURIComponent(asked.id)}/answer`
  const answered = await call.api.send<Permission>('POST', path, said)
  await print(call, answered, () => [`${shortId(asked.id)}  ${toLine()}`])
  return 0
}

/** The only one that waits for an answer and whose id begins as typed. */
async function findPermission(call: Call): Promise<Permission> {
  const typed = wordOf(call, 0).toLowerCase()
  const { permissions } = await call.api.get<Answer>('/api/permissions')
  const matching = permissions.filter(({ id }) => id.toLowerCase().startsWith(typed))
  const [only, ...others] = matching
  const list = (some: readonly Permission[]): string[] =>
    some.map((each) => `  ${shortId(each.id)}  ${summary(each)}`)
  if (!only || typed === '')
    throw new Failure(
      exitCodes.notFound,
      `Nothing that waits for your permission is called "${toSafeLine(typed)}".`,
      {
        code: 'permission.not-found',
        lines: permissions.length > 0 ? ['There is:', ...list(permissions)] : [],
      },
    )
  if (others.length > 0)
    throw usage(
      `Several ids begin with "${toSafeLine(typed)}"; type more of it.`,
      matching.map((each) => `  ${each.id}  ${summary(each)}`),
    )
  return only
}

/** What is asked, whole: nobody should allow what was cut. */
function render({ paint }: Call, asked: Permission): string[] {
  const { id, tool, task_id: task, agent_id: agent, subtask_id: subtask } = asked
  const who = subtask === undefined ? '' : `, subtask ${toSafeLine(subtask)}`
  const facts = `agent ${shortId(agent)}${who}, task ${shortId(task)}, ${formatAgo(asked.asked_at, Date.now())}`
  return [
    `${paint.state('need', shortId(id))}  ${toSafeLine(tool)}  ${paint.dim(facts)}`,
    ...Object.entries(asked.input).flatMap(([name, value]) => renderInput(name, value)),
    ...(asked.description ? [`  The agent says: ${toSafeLine(asked.description)}`] : []),
    ...(asked.reason ? [`  Asked because: ${toSafeLine(asked.reason)}`] : []),
    ...(asked.blocked_path
      ? [`  Not to be touched unasked: ${toSafeLine(asked.blocked_path)}`]
      : []),
    ...(asked.rules.length > 0
      ? [`  --for-task would allow: ${asked.rules.map(toSafeLine).join(', ')}`]
      : []),
  ]
}

function renderInput(name: string, value: unknown): string[] {
  const lines = toSafeText(
    typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  ).split('\n')
  const label = `  ${toSafeLine(name)}:`
  return lines.length === 1
    ? [`${label} ${lines[0]}`]
    : [label, ...lines.map((line) => `    ${line}`)]
}

const summary = ({ tool, input }: Permission): string => {
  const first = Object.values(input).find((value) => typeof value === 'string')
  return toSafeLine(typeof first === 'string' ? `${tool} ${first}` : tool)
}
