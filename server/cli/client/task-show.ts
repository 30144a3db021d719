import type { Agent } from '#contract/agent.ts'
import type { Plan, Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { renderAgents } from './agent-list.ts'
import type { Api } from './api.ts'
import { type Call, numberOf, print, wordOf } from './call.ts'
import { deliveryRows } from './delivery-rows.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { wrapText } from './table.ts'
import { renderPlan } from './task-plan.ts'
import { formatAgo, formatMoney, shortId, taskStatus } from './words.ts'

export async function showTask(call: Call): Promise<number> {
  const { api } = call
  const task = await findTask(api, wordOf(call, 0))
  if (call.options.has('json')) {
    await print(call, task, () => [])
    return 0
  }
  const [plan, questions, agents] = await Promise.all([
    task.plan_version === null ? undefined : api.get<Plan>(`${taskPath(task)}/plan`),
    openQuestions(api, task),
    api.get<Agent[]>(`${taskPath(task)}/agents`),
  ])
  await print(call, task, () => [
    ...renderHead(call, task),
    ...(plan ? ['', ...renderPlan(call, plan)] : []),
    ...(questions.length > 0 ? ['', ...renderQuestions(call, questions)] : []),
    ...(agents.length > 0 ? ['', ...renderAgents(call, agents)] : []),
    ...renderNext(call, task),
  ])
  return 0
}

export async function showPlan(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const version = numberOf(call, 'version')
  const plan = await call.api.get<Plan>(`${taskPath(task)}/plan`, { version })
  await print(call, plan, () => renderPlan(call, plan))
  return 0
}

/** Unanswered ones, in the order they were asked. */
export async function openQuestions(api: Api, task: Pick<Task, 'id'>): Promise<Question[]> {
  const { questions } = await api.get<{ questions: Question[] }>(`${taskPath(task)}/questions`)
  return questions.filter((question) => question.status === 'pending')
}

function renderHead({ terminal, paint }: Call, task: Task): string[] {
  const { state, text } = taskStatus(task)
  const rows: [string, string][] = [
    ['Id', task.id],
    ['From', sourceOf(task)],
    ['Branch', task.branch],
    ...deliveryRows(task),
    ['Tested', testedOf(task)],
    ['Runs', `${task.mode}, ${task.model}`],
    ['Cost', formatMoney(task.cost_usd)],
    ['Created', formatAgo(task.created_at, terminal.now())],
    ['Changed', formatAgo(task.updated_at, terminal.now())],
  ]
  const about = task.error ? wrapText(toSafeLine(task.error), terminal.columns) : []
  return [
    `${paint.strong(toSafeLine(task.name))}  ${paint.state(state, text)}`,
    ...about.map((line) => paint.state(task.status === 'failed' ? 'fail' : 'need', line)),
    ...rows
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${paint.dim(name.padEnd(8))} ${toSafeLine(value)}`),
  ]
}

function testedOf({ result_check: check }: Task): string {
  if (!check || check.state === 'none') return ''
  const { command = '', state, decision } = check
  const said = decision === 'accepted' ? `${state}, taken as it is by you` : state
  return [command, said.replaceAll('_', ' ')].filter(Boolean).join(': ')
}

function sourceOf({ source }: Task): string {
  switch (source.kind) {
    case 'empty':
      return 'an empty repository'
    case 'files':
      return 'the files it was given'
    case 'git':
      return `${source.url}${source.ref ? `, ${source.ref}` : ''}`
    case 'local':
      return `${source.path}${source.ref ? `, ${source.ref}` : ''}`
  }
}

/** Numbered, as `task answer` takes them. */
export function renderQuestions(
  { terminal, paint }: Pick<Call, 'terminal' | 'paint'>,
  questions: readonly Question[],
): string[] {
  const width = terminal.columns === undefined ? undefined : terminal.columns - 4
  return [
    paint.strong('Questions'),
    ...questions.flatMap((question, at) => {
      const [first = '', ...more] = wrapText(toSafeLine(question.text), width)
      const choices = question.options.length > 0 ? question.options : question.suggestions
      return [
        `${paint.state('need', String(at + 1).padStart(2))}  ${first}`,
        ...more.map((line) => `    ${line}`),
        ...choices.map((choice) => `    - ${toSafeLine(choice)}`),
      ]
    }),
  ]
}

/** What a person would want to type next. */
function renderNext({ paint }: Call, task: Task): string[] {
  const id = shortId(task.id)
  const hints: Partial<Record<Task['status'], string>> = {
    created: `klaudio task start ${id}`,
    planned: `klaudio task approve ${id}`,
    running: `klaudio task watch ${id}`,
    paused: `klaudio task resume ${id}`,
    completed: `klaudio task diff ${id}`,
  }
  const hint = task.phase === 'awaiting_answers' ? `klaudio task answer ${id}` : hints[task.status]
  return hint ? ['', paint.dim(`Next: ${hint}`)] : []
}
