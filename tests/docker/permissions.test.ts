/** Permission prompts of the real CLI, answered through the server's own parts. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import type { AgentSpec } from '#agents/agents.ts'
import type { PermissionMode } from '#contract/permission.ts'
import { updateTask } from '#db/tasks.ts'
import type { Engine } from '#docker/engine.ts'
import { newId } from '#lib/ids.ts'
import { bash, type Step, say, write } from '#model/story.ts'
import type { AgentRig } from '../support/agent-rig.ts'
import { createAgentStages } from '../support/agent-stages.ts'
import { requireEngine, testEngine } from '../support/docker.ts'
import { role, team } from '../support/team.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const longMs = 120_000

let commit: string
const stages = createAgentStages(engine)

beforeAll(async () => {
  if (noEngine !== undefined) return
  commit = (await stages.prepare()).commit
}, 300_000)
afterEach(stages.clear, longMs)
afterAll(stages.dispose)

/** Each turn of an agent plays the script over again. */
function stage(script: Step[], permissionMode: PermissionMode = 'manual') {
  const { rig } = stages.open({ others: [script, script] }, { permissionMode })
  const rules = { allowed_tools: ['Bash(node --version)'], disallowed_tools: ['WebFetch'] }
  updateTask(rig.db, rig.taskId, { team: team({ roles: [role('developer', rules)] }) }, 1)
  const worker = (): AgentSpec =>
    rig.newAgent({
      profile: { kind: 'worker' },
      workspace: stages.clone(commit),
    })
  const pending = () => rig.permissions().filter(({ status }) => status === 'pending')
  /** The next question, once it is asked. */
  const asked = async () => {
    await rig.until(() => pending().length > 0)
    const [row] = pending()
    if (!row) throw new Error('It was answered meanwhile.')
    return row
  }
  return { rig, worker, pending, asked }
}

const outputOf = async ({ output }: AgentRig, { agentId }: AgentSpec): Promise<string> =>
  Buffer.from(await output.read(agentId, 0, Number.MAX_SAFE_INTEGER)).toString('utf8')
const turn = () => ({ turnId: newId(), prompt: 'Please do the work.' })
const once = { decision: 'allow', scope: 'once' } as const

describe.skipIf(noEngine !== undefined)('the real CLI', () => {
  test(
    'asks before edits and commands, and does what it is told',
    async () => {
      const { rig, worker, asked, pending } = stage([
        write('a.txt', 'one\n'),
        bash('python3 -c "print(6 * 7)"'),
        // Outside the workspace: asked about for its path, whatever commands are allowed.
        bash('echo hi > /tmp/notes.txt'),
        // Allowed by its role, and still so after the task was allowed more.
        bash('node --version'),
        bash('touch refused.txt'),
        bash('touch other.txt'),
        bash('ls; cat other.txt changed.txt 2>&1'),
        say('done'),
      ])
      const spec = worker()
      const running = rig.agents.run(spec, turn())
      const edit = await asked()
      expect(edit).toMatchObject({ tool: 'Write', rules: ['Edit(./**)'] })
      expect(edit.input).toEqual({ file_path: '/workspace/a.txt', content: 'one\n' })
      expect(rig.row(spec.agentId).phase).toBe('awaiting_permission')
      rig.agents.answerPermission(edit.id, { decision: 'allow', scope: 'task' })
      const command = await asked()
      expect(command).toMatchObject({
        input: { command: 'python3 -c "print(6 * 7)"' },
        rules: ['Bash(python3 -c "print\\(6 * 7\\)")'],
      })
      rig.agents.answerPermission(command.id, { decision: 'allow', scope: 'task' })
      const writing = await asked()
      expect(writing).toMatchObject({
        input: { command: 'echo hi > /tmp/notes.txt' },
        blockedPath: '/tmp/notes.txt',
        rules: ['Bash(echo hi *)', 'Edit(//tmp/notes.txt)'],
      })
      rig.agents.answerPermission(writing.id, { decision: 'allow', scope: 'task' })
      const refused = await asked()
      rig.agents.answerPermission(refused.id, { decision: 'deny', message: 'Not that file.' })
      const changed = await asked()
      const input = { command: 'touch changed.txt' }
      rig.agents.answerPermission(changed.id, { ...once, input })
      expect(await running).toEqual({ kind: 'completed', text: 'done' })
      expect(pending()).toEqual([])
      expect(rig.permissions().map(({ status, isDelivered }) => [status, isDelivered])).toEqual([
        ['allowed', true],
        ['allowed', true],
        ['allowed', true],
        ['denied', true],
        ['allowed', true],
      ])
      const output = await outputOf(rig, spec)
      expect(output).toContain('"content":"Not that file."')
      expect(output).toMatch(/a\.txt\\nchanged\.txt\\nhello\.txt/)

      // What was allowed for the task is not asked again, not even by an agent that starts later.
      const other = worker()
      const later = rig.agents.run(other, turn())
      const first = await asked()
      expect(first).toMatchObject({
        agentId: other.agentId,
        input: { command: 'touch refused.txt' },
      })
      rig.agents.answerPermission(first.id, once)
      rig.agents.answerPermission((await asked()).id, once)
      expect(await later).toEqual({ kind: 'completed', text: 'done' })
    },
    longMs,
  )

  test(
    'goes on waiting while the server is killed, and is answered by the next',
    async () => {
      const { rig, worker, asked } = stage([bash('touch made.txt'), say('done')])
      const [spec, work] = [worker(), turn()]
      rig.agents.run(spec, work).catch(() => {})
      const { id } = await asked()
      rig.restart()
      expect((await rig.agents.reconcile()).adopted).toEqual([spec.agentId])
      expect((await asked()).id).toBe(id)
      const again = rig.agents.run(spec, work)
      rig.agents.answerPermission(id, once)
      expect(await again).toEqual({ kind: 'completed', text: 'done' })
      expect(rig.permissions()).toMatchObject([{ status: 'allowed', isDelivered: true }])
    },
    longMs,
  )

  test(
    'asks anew in the next container when its own is killed, and nobody can answer the old question',
    async () => {
      const { rig, worker, asked } = stage([bash('touch made.txt'), say('done')])
      const spec = worker()
      const running = rig.agents.run(spec, turn())
      const { id } = await asked()
      await engine.killContainer(rig.row(spec.agentId).containerId ?? '', 'SIGKILL')
      await rig.until(() => rig.permissions().find((row) => row.id === id)?.status === 'withdrawn')
      expect(() => rig.agents.answerPermission(id, once)).toThrow('ended before an answer')
      const next = await asked()
      expect(next.input).toEqual({ command: 'touch made.txt' })
      rig.agents.answerPermission(next.id, once)
      expect(await running).toEqual({ kind: 'completed', text: 'done' })
    },
    longMs,
  )

  test(
    'begins to ask when it is told to, and stops when it is told to, in the process that runs',
    async () => {
      const commands = ['touch one.txt', 'touch two.txt', 'touch three.txt', 'rm -rf ~']
      const script = [...commands.map((command) => bash(command)), say('done')]
      const { rig, worker, asked, pending } = stage(script, 'bypassPermissions')
      const spec = worker()
      expect(await rig.agents.run(spec, turn())).toEqual({ kind: 'completed', text: 'done' })
      expect(rig.permissions()).toEqual([])
      const refused = 'refused without asking anybody'
      expect(await outputOf(rig, spec)).toContain(refused)
      const { containerId } = rig.row(spec.agentId)

      rig.setMode('manual')
      const running = rig.agents.run(spec, turn())
      const first = await asked()
      expect(first.input).toEqual({ command: 'touch one.txt' })
      rig.agents.answerPermission(first.id, once)
      const second = await asked()
      rig.setMode('bypassPermissions')
      expect(pending().map(({ id }) => id)).toEqual([second.id])
      rig.agents.answerPermission(second.id, once)
      expect(await running).toEqual({ kind: 'completed', text: 'done' })
      expect(rig.permissions()).toHaveLength(2)
      expect(rig.row(spec.agentId).containerId).toBe(containerId)
    },
    longMs,
  )
})
