/** Agents that ask a person, on an engine of local processes: restarts, ends and answers at every moment. */
import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSpec } from '#agents/agents.ts'
import { volumeNames } from '#agents/container.ts'
import type { AnswerPermission } from '#contract/permission.ts'
import { permissionModeOf } from '#db/permissions.ts'
import { updateTask } from '#db/tasks.ts'
import { type Clock, systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { type AgentRig, createAgentRig } from '../../support/agent-rig.ts'
import { createFakeEngine, type FakeEngine } from '../../support/fake-engine.ts'
import { role, team } from '../../support/team.ts'
import { createSkippingClock } from '../../support/test-clock.ts'

const worlds: { engine: FakeEngine; rig: AgentRig }[] = []
afterEach(async () => {
  for (const { engine, rig } of worlds.splice(0)) {
    await rig.dispose()
    await engine.dispose()
  }
})

const allow: AnswerPermission = { decision: 'allow', scope: 'once' }
const deny = (message = ''): AnswerPermission => ({ decision: 'deny', message })

function start(clock: Clock = systemClock) {
  const engine = createFakeEngine()
  const rig = createAgentRig({ engine, image: 'fake', clock, permissionMode: 'manual' })
  worlds.push({ engine, rig })
  const newWorker = (): AgentSpec =>
    rig.newAgent({
      profile: { kind: 'worker' },
      workspace: { kind: 'read-only', archive: () => noTree() },
    })
  const spec = newWorker()
  const turn = { turnId: newId(), prompt: 'ask npm test' }
  /** The oldest question that nobody has answered. */
  const asked = async () => {
    await rig.until(() => pending().length > 0)
    return pending()[0]?.id ?? ''
  }
  const pending = () => rig.permissions().filter(({ status }) => status === 'pending')
  const fileOf = ({ agentId }: AgentSpec, name: string): string[] => {
    const path = join(engine.volumePath(volumeNames(rig.instanceId, agentId).state), name)
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  }
  const types = () =>
    rig.events().flatMap(({ type }) => (type.startsWith('permission.') ? [type] : []))
  return { engine, rig, spec, newWorker, turn, asked, pending, fileOf, types }
}

async function* noTree(): AsyncIterable<Uint8Array> {
  // An end of archive: nothing in it.
  yield new Uint8Array(1024)
}

describe('an agent that asks', () => {
  test('waits with what it asks stored, and goes on with the answer', async () => {
    const { rig, spec, turn, asked, types } = start()
    const running = rig.agents.run(spec, turn)
    const id = await asked()
    expect(rig.permissions()).toMatchObject([
      {
        agentId: spec.agentId,
        tool: 'Bash',
        input: { command: 'npm test' },
        rules: ['Bash(npm *)'],
        status: 'pending',
      },
    ])
    await rig.until(() => rig.row(spec.agentId).phase === 'awaiting_permission')
    rig.agents.answerPermission(id, allow)
    expect(await running).toEqual({ kind: 'completed', text: 'ran: npm test' })
    expect(rig.permissions()).toMatchObject([{ status: 'allowed', isDelivered: true }])
    expect(types()).toEqual(['permission.asked', 'permission.answered'])
  })

  test('is told why not', async () => {
    const { rig, spec, turn, asked } = start()
    const running = rig.agents.run(spec, turn)
    rig.agents.answerPermission(await asked(), deny('Use the other one.'))
    expect(await running).toEqual({ kind: 'completed', text: 'denied: Use the other one.' })
  })

  test('does what it was allowed instead', async () => {
    const { rig, spec, turn, asked } = start()
    const running = rig.agents.run(spec, turn)
    rig.agents.answerPermission(await asked(), { ...allow, input: { command: 'npm run lint' } })
    expect(await running).toEqual({ kind: 'completed', text: 'ran: npm run lint' })
  })

  test('hears the first answer, and the second is refused', async () => {
    const { rig, spec, turn, asked } = start()
    const running = rig.agents.run(spec, turn)
    const id = await asked()
    rig.agents.answerPermission(id, deny('no'))
    expect(() => rig.agents.answerPermission(id, allow)).toThrow('This was denied before.')
    expect(await running).toEqual({ kind: 'completed', text: 'denied: no' })
  })

  test('that is interrupted asks no more, and an answer is refused', async () => {
    const { rig, spec, turn, asked, types } = start()
    const running = rig.agents.run(spec, turn)
    const id = await asked()
    await rig.agents.interrupt(spec.agentId)
    expect(await running).toMatchObject({ kind: 'interrupted' })
    expect(rig.permissions()).toMatchObject([
      { status: 'withdrawn', note: 'The agent went on without it.' },
    ])
    expect(() => rig.agents.answerPermission(id, allow)).toThrow('Nothing waits for this answer')
    expect(types()).toEqual(['permission.asked', 'permission.withdrawn'])
  })

  test('that is stopped asks no more', async () => {
    const { rig, spec, turn, asked, pending } = start()
    const running = rig.agents.run(spec, turn)
    await asked()
    await rig.agents.stop(spec.agentId, { status: 'stopped' })
    await running
    expect(pending()).toEqual([])
  })

  test('is not stuck for as long as a person thinks about it', async () => {
    const { clock, skip } = createSkippingClock()
    const { rig, spec, asked } = start(clock)
    const limits = { timeoutMs: 3_600_000, idleTimeoutMs: 1_200_000 }
    const running = rig.agents.run(spec, { turnId: newId(), prompt: 'ask npm test', ...limits })
    const id = await asked()
    skip(7_200_000)
    rig.agents.answerPermission(id, allow)
    expect(await running).toEqual({ kind: 'completed', text: 'ran: npm test' })
  })

  test('is stuck all the same when it is silent without asking', async () => {
    const { clock, skip } = createSkippingClock()
    const { rig, spec } = start(clock)
    const limits = { timeoutMs: 3_600_000, idleTimeoutMs: 1_200_000 }
    const running = rig.agents.run(spec, { turnId: newId(), prompt: 'hang', ...limits })
    await rig.until(() => rig.row(spec.agentId).phase === 'working')
    skip(7_200_000)
    expect(await running).toMatchObject({ kind: 'failed', code: 'timeout' })
  })
})

describe('what is allowed for a task', () => {
  test('reaches its other agents, and those that start later', async () => {
    const { rig, spec, newWorker, turn, asked, fileOf } = start()
    const other = newWorker()
    const running = [
      rig.agents.run(spec, turn),
      rig.agents.run(other, { turnId: newId(), prompt: 'hang' }),
    ]
    const id = await asked()
    await rig.until(() => rig.row(other.agentId).phase === 'working')
    rig.agents.answerPermission(id, { decision: 'allow', scope: 'task' })
    const told = JSON.stringify({ permissions: { allow: ['Bash(npm *)'], deny: [] } })
    await rig.until(() => fileOf(other, 'settings.log').length > 0)
    expect(await running[0]).toMatchObject({ kind: 'completed' })
    expect(fileOf(spec, 'settings.log')).toEqual([told])
    expect(fileOf(other, 'settings.log')).toEqual([told])
    await rig.agents.stop(other.agentId, { status: 'stopped' })
    await running[1]
  })

  test('comes on top of what the role of an agent may and may not do', async () => {
    const { rig, spec, newWorker, turn, asked, fileOf } = start()
    const rules = { allowed_tools: ['Bash(make *)'], disallowed_tools: ['WebFetch'] }
    updateTask(rig.db, rig.taskId, { team: team({ roles: [role('developer', rules)] }) }, 1)
    const other = newWorker()
    const running = [
      rig.agents.run(spec, turn),
      rig.agents.run(other, { turnId: newId(), prompt: 'hang' }),
    ]
    const id = await asked()
    await rig.until(() => rig.row(other.agentId).phase === 'working')
    rig.agents.answerPermission(id, { decision: 'allow', scope: 'task' })
    await rig.until(() => fileOf(other, 'settings.log').length > 0)
    await running[0]
    const told = { allow: ['Bash(make *)', 'Bash(npm *)'], deny: ['WebFetch'] }
    for (const one of [spec, other])
      expect(fileOf(one, 'settings.log')).toEqual([JSON.stringify({ permissions: told })])
    await rig.agents.stop(other.agentId, { status: 'stopped' })
    await running[1]
  })
})

describe('when agents ask', () => {
  test('is said to those that run, once, and begins with those that come later', async () => {
    const { rig, spec, newWorker, fileOf } = start()
    const later = newWorker()
    const running = rig.agents.run(spec, { turnId: newId(), prompt: 'hang' })
    await rig.until(() => rig.row(spec.agentId).phase === 'working')
    rig.setMode('acceptEdits')
    rig.setMode('acceptEdits')
    rig.setMode('manual')
    await rig.until(() => fileOf(spec, 'modes.log').length > 1)
    await rig.agents.run(later, { turnId: newId(), prompt: 'hello' })
    rig.setMode('bypassPermissions')
    await rig.until(() => fileOf(later, 'modes.log').length > 0)
    await rig.until(() => fileOf(spec, 'modes.log').length > 2)
    expect(fileOf(spec, 'modes.log')).toEqual(['acceptEdits', 'default', 'bypassPermissions'])
    expect(fileOf(later, 'modes.log')).toEqual(['bypassPermissions'])
    await rig.agents.stop(spec.agentId, { status: 'stopped' })
    await running
  })

  test('is what the role of an agent says, whatever its task says', async () => {
    const { rig, spec, fileOf } = start()
    const developer = { ...role('developer'), permission_mode: 'acceptEdits' as const }
    updateTask(rig.db, rig.taskId, { team: team({ roles: [developer] }) }, 1)
    const running = rig.agents.run(spec, { turnId: newId(), prompt: 'hang' })
    await rig.until(() => rig.row(spec.agentId).phase === 'working')
    rig.setMode('bypassPermissions')
    await rig.agents.stop(spec.agentId, { status: 'stopped' })
    await running
    expect(permissionModeOf(rig.db, spec.agentId)).toBe('acceptEdits')
    expect(fileOf(spec, 'modes.log')).toEqual([])
  })

  test('is said by the next server when it changed while none was there to say it', async () => {
    const { rig, spec, fileOf } = start()
    const turn = { turnId: newId(), prompt: 'hang' }
    rig.agents.run(spec, turn).catch(() => {})
    await rig.until(() => rig.row(spec.agentId).phase === 'working')
    await rig.crash()
    updateTask(rig.db, rig.taskId, { permissionMode: 'bypassPermissions' }, 1)
    rig.restart()
    expect((await rig.agents.reconcile()).adopted).toEqual([spec.agentId])
    await rig.until(() => fileOf(spec, 'modes.log').length > 0)
    expect(fileOf(spec, 'modes.log')).toEqual(['bypassPermissions'])
  })

  test('is never, and what the CLI asks all the same is refused without a person', async () => {
    const { rig, spec, types } = start()
    rig.setMode('bypassPermissions')
    const turn = { turnId: newId(), prompt: 'ask rm -rf /' }
    const outcome = await rig.agents.run(spec, turn)
    expect(outcome).toMatchObject({ text: expect.stringContaining('without asking anybody') })
    expect(types()).toEqual([])
  })
})

describe('a server that is killed while an agent asks', () => {
  test('shows the question again, and takes one answer', async () => {
    const { rig, spec, turn, asked, pending, fileOf } = start()
    rig.agents.run(spec, turn).catch(() => {})
    const id = await asked()
    rig.restart()
    expect((await rig.agents.reconcile()).adopted).toEqual([spec.agentId])
    expect(pending().map((row) => row.id)).toEqual([id])
    const again = rig.agents.run(spec, turn)
    rig.agents.answerPermission(id, allow)
    expect(await again).toEqual({ kind: 'completed', text: 'ran: npm test' })
    expect(fileOf(spec, 'answers.log')).toHaveLength(1)
    expect(() => rig.agents.answerPermission(id, allow)).toThrow('This was allowed before.')
  })

  test('tells an answer that it had stored and not sent', async () => {
    const { rig, spec, turn, asked, fileOf } = start()
    rig.agents.run(spec, turn).catch(() => {})
    const id = await asked()
    await rig.crash()
    // Nobody is connected to the agent now: the answer is stored, and that is all.
    rig.agents.answerPermission(id, deny('later'))
    expect(rig.permissions()).toMatchObject([{ status: 'denied', isDelivered: false }])
    rig.restart()
    await rig.agents.reconcile()
    expect(await rig.agents.run(spec, turn)).toEqual({ kind: 'completed', text: 'denied: later' })
    expect(rig.permissions()).toMatchObject([{ status: 'denied', isDelivered: true }])
    expect(fileOf(spec, 'answers.log')).toHaveLength(1)
  })

  test('finds a question withdrawn whose agent died meanwhile, and the new one asks again', async () => {
    const { engine, rig, spec, turn, asked, pending } = start()
    rig.agents.run(spec, turn).catch(() => {})
    const id = await asked()
    const containerId = rig.row(spec.agentId).containerId ?? ''
    await rig.crash()
    await engine.killContainer(containerId, 'SIGKILL')
    rig.restart()
    expect((await rig.agents.reconcile()).ended).toEqual([spec.agentId])
    expect(pending()).toEqual([])
    expect(() => rig.agents.answerPermission(id, allow)).toThrow(
      'ended before an answer reached it',
    )
    const again = rig.agents.run(spec, turn)
    const next = await asked()
    expect(next).not.toBe(id)
    rig.agents.answerPermission(next, allow)
    expect(await again).toEqual({ kind: 'completed', text: 'ran: npm test' })
  })
})
