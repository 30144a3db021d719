/**
 * A manager, three workers and a reviewer: the binary, the real CLI in real containers, a scripted model. One worker fails and is
 * replaced, one is sent back, the reviewer finds something and looks again, and the server is killed twice on the way.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { TeamMessage } from '#contract/event.ts'
import type { TeamTemplate } from '#contract/team.ts'
import type { ModelRequest } from '#model/request.ts'
import { bash, call, type Part, type Story, say } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { askedTwice, toPlan } from '../support/product-model.ts'
import { gitOut, pathsOf, startWorld, type World } from '../support/product-world.ts'

const name = 'directed-by-a-manager'
const workers = ['a', 'b', 'c']
const tool = (verb: string, input: object = {}): Part => call(`mcp__team__${verb}`, { ...input })

/** What the manager does next follows from what it has done and heard, however its messages came. */
function manage({ results, body }: ModelRequest): Part {
  // As the answer to a wait, or said between two steps.
  const rounds = JSON.stringify(body.messages).split('[ALL_WORKERS_DONE]\\n- a').length - 1
  const did = (verb: string, worker?: string): boolean =>
    results.some(
      (result) =>
        result.name === `mcp__team__${verb}` &&
        (worker === undefined || result.input.worker === worker),
    )
  const has = (word: string): boolean => JSON.stringify(body.messages).includes(word)
  const next = workers.find((worker) => !did('write_directive', worker))
  if (next) return tool('write_directive', { worker: next, text: `Directive for ${next}.` })
  if (rounds === 0) return tool('wait_for_messages')
  if (!did('read_work')) return tool('read_work', { worker: 'a' })
  if (!did('respawn_worker'))
    return tool('respawn_worker', { worker: 'b', instructions: 'With the shell.' })
  if (!did('request_changes')) return tool('request_changes', { worker: 'a', what: 'Louder.' })
  if (rounds === 1) return tool('wait_for_messages')
  if (!did('write_directive', 'review'))
    return tool('write_directive', { worker: 'review', text: 'Look at all of it.' })
  if (!has('[WORKER_COMPLETED] review')) return tool('wait_for_messages')
  return did('approve') ? say('All is well.') : tool('approve', { summary: 'Right now.' })
}

/** Finds the line of `c` too quiet, once; then it has run what there is. */
function look({ prompt }: ModelRequest): Part[] {
  const isAgain = prompt.includes('The review before this one')
  const verdict = isAgain
    ? { verdict: 'approved', summary: 'It is right now.' }
    : {
        ...{ verdict: 'needs_fix', summary: 'Not yet.' },
        findings: [{ to: 'c', what: 'Say it twice.', path: 'c.txt', line: 1 }],
      }
  const check = isAgain ? 'test "$(wc -l < c.txt)" = 2 && cat a.txt b.txt c.txt' : 'cat c.txt'
  return [bash(check), tool('submit_review', verdict), say('That is my verdict.')]
}

/** Scripts of workers: by the prompt they answer. */
function work({ agent, prompt, round }: ModelRequest): Part[] {
  const done = [tool('report_done', { summary: `${agent} is done.` }), say('Done.')]
  if (agent === 'a' && round > 1) return [bash('echo "!" >> a.txt'), ...done]
  if (agent === 'b' && !prompt.includes('With the shell.'))
    return [tool('report_failed', { reason: 'There is no shell.' }), say('It cannot be done.')]
  if (agent === 'c' && round > 1) return [bash('echo c >> c.txt'), ...done]
  if (agent === 'c')
    return [
      tool('send_message', { to: 'manager', text: 'Greetings from c.' }),
      bash('echo c > c.txt'),
      ...done,
    ]
  return [bash(`echo ${agent} > ${agent}.txt`), ...done]
}

const story: Story = (request) => {
  const { agent, body, step } = request
  if (!JSON.stringify(body.messages).includes(name)) return undefined
  if (agent === 'planner')
    return [toPlan([...workers.map((id) => ({ id })), { id: 'review', agent_role: 'reviewer' }])]
  if (agent === 'manager') return [...Array<Part>(step).fill(say('Before.')), manage(request)]
  if (agent === 'review') return look(request)
  return workers.includes(agent) ? work(request) : undefined
}

const noEngine = await requireEngine()
const longMs = 180_000
let world: World

beforeAll(async () => {
  if (noEngine === undefined) world = await startWorld({ stories: [story] })
}, longMs)
afterAll(async () => await world?.[Symbol.asyncDispose](), longMs)

describe.skipIf(noEngine !== undefined)('a team with a manager', () => {
  test(
    'repairs what was not right, over two killed servers, and its work is merged once it is approved',
    async () => {
      const first = world.model.hold({ task: name, agent: 'c', step: 1 })
      const second = world.model.hold({ task: name, agent: 'a', round: 2, step: 1 })
      const team = { name: 'Directed', mode: 'collaborative', max_agents: 4, review: true }
      await world.product.post('/api/team-templates', team)
      const listed = await world.product.call('GET', '/api/team-templates')
      const { templates } = (await listed.json()) as { templates: TeamTemplate[] }
      const team_template = templates.find((one) => one.name === team.name)?.id ?? ''
      const task = await world.create(name, { team_template })
      await first.reached
      await world.product.kill()
      await world.restart()
      first.open()
      await second.reached
      await world.product.kill()
      second.open()
      await world.restart()
      const done = await world.rest(task.id)
      expect({ status: done.status, error: done.error }).toEqual({
        status: 'completed',
        error: undefined,
      })

      const bare = world.bareOf(task.id)
      expect(pathsOf(bare, task.branch)).toEqual(
        expect.arrayContaining(['a.txt', 'b.txt', 'c.txt']),
      )
      expect(gitOut(bare, 'show', `${task.branch}:a.txt`)).toBe('a\n!\n')
      expect(gitOut(bare, 'show', `${task.branch}:c.txt`)).toBe('c\nc\n')
      expect(pathsOf(bare, task.branch).filter((path) => path.startsWith('.klaudio'))).toEqual([])

      const agents = await world.product.agents(task.id)
      expect(agents.map((agent) => `${agent.kind} ${agent.subtask_id ?? ''}`).sort()).toEqual([
        'manager ',
        'planner ',
        'reviewer review',
        'reviewer review',
        'worker a',
        'worker b',
        'worker b',
        'worker c',
      ])
      const response = await world.product.call('GET', `/api/tasks/${task.id}/messages`)
      const { messages } = (await response.json()) as { messages: TeamMessage[] }
      const said = (text: string): number =>
        messages.filter(({ content }) => content.includes(text)).length
      expect(said('Greetings from c.')).toBe(1)
      expect(said('[NEEDS_FIX] Not yet.')).toBe(1)
      expect(said('[APPROVED] It is right now.')).toBe(1)
      expect(said('[WORKER_FAILED] b')).toBe(1)
      expect(said('[WORKER_COMPLETED] b')).toBe(1)
      expect(said('[WORKER_COMPLETED] a: a is done.')).toBe(2)
      expect(
        messages
          .flatMap((message) => message.deliveries ?? [])
          .every(({ state }) => state === 'read'),
      ).toBe(true)
      // Nobody was asked anything twice: a killed server costs no request.
      expect(askedTwice(world.model.asked(name))).toEqual([])
    },
    longMs,
  )
})
