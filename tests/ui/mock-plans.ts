/** Plans that can be edited, compared and approved in memory, as far as the pages need it. */
import * as v from 'valibot'
import { type Plan, UpdatePlan } from '#contract/plan.ts'
import { validatePlan } from '#contract/plan-validation.ts'
import { UpdateTask } from '#contract/task.ts'
import { plans, tasks } from './mock-data.ts'

type Handler = (match: string[], request: Request) => unknown

const older = new Map<string, Plan[]>()

/** The first reading makes the versions before: one more subtask fewer each, other prompts. */
function versionsOf(id: string): Plan[] {
  const present = plans[id]
  if (!present) return []
  const known = older.get(id) ?? makeOlder(present)
  older.set(id, known)
  return [...known, present]
}

function makeOlder(present: Plan): Plan[] {
  return Array.from({ length: present.version - 1 }, (_, index) => ({
    ...present,
    version: index + 1,
    status: 'superseded' as const,
    origin: index === 0 ? ('planner' as const) : ('user' as const),
    subtasks: present.subtasks
      .slice(0, present.subtasks.length - (present.version - 1 - index))
      .map((each, at) => ({
        ...each,
        status: 'pending' as const,
        ...(at === 1
          ? {
              agent_role: 'architect',
              prompt: each.prompt.replace('Write tests first', 'Sketch it first'),
            }
          : {}),
      })),
  }))
}

const taskOf = (id: string) => tasks.find((task) => task.id === id)

async function update(id: string, request: Request): Promise<unknown> {
  const present = plans[id]
  const input = v.parse(UpdatePlan, await request.json())
  const check = validatePlan({ ...present, ...input })
  if (!present || !check.ok) return undefined
  older.set(id, versionsOf(id))
  const next: Plan = {
    ...present,
    ...check.plan,
    version: present.version + 1,
    origin: 'user',
    subtasks: check.plan.subtasks.map((spec) => ({
      status: 'pending',
      attempt: 0,
      max_attempts: 3,
      ...present.subtasks.find((each) => each.id === spec.id),
      ...spec,
    })) as Plan['subtasks'],
  }
  plans[id] = next
  return { status: 'modified', plan: next }
}

export const planRoutes: [string, RegExp, Handler][] = [
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/plan$/,
    ([id = ''], request) => {
      const version = new URL(request.url).searchParams.get('version')
      return version === null
        ? plans[id]
        : versionsOf(id).find((plan) => plan.version === Number(version))
    },
  ],
  ['PUT', /^\/api\/tasks\/([^/]+)\/plan$/, ([id = ''], request) => update(id, request)],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/plan\/versions$/,
    ([id = '']) => ({
      versions: versionsOf(id).map(({ version, origin, status, created_at, subtasks }) => ({
        version,
        origin,
        status,
        created_at,
        subtasks: subtasks.length,
      })),
    }),
  ],
  [
    'PATCH',
    /^\/api\/tasks\/([^/]+)$/,
    async ([id = ''], request) => {
      const task = taskOf(id)
      if (!task) return undefined
      const { name, permission_mode } = v.parse(UpdateTask, await request.json())
      if (name !== undefined) task.name = name
      if (permission_mode !== undefined) task.permission_mode = permission_mode
      return task
    },
  ],
  [
    'POST',
    /^\/api\/tasks\/([^/]+)\/approve$/,
    ([id = '']) => {
      const task = taskOf(id)
      if (task) task.status = 'running'
      return { status: 'running', message: '', task }
    },
  ],
]
