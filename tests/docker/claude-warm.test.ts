/** A CLI that is started early and used late must not tell the model of a tree that is gone. */
import { afterAll, describe, expect, test } from 'bun:test'
import { toControlRequest } from '#agents/claude/frames.ts'
import { createScriptedModel } from '#model/server.ts'
import { say } from '#model/story.ts'
import { startCli } from '../support/cli.ts'
import { ensureAgentImage, ownLabels, requireEngine, testEngine } from '../support/docker.ts'

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('a warm CLI', () => {
  const engine = testEngine()
  const labels = ownLabels('claude-warm')
  const model = createScriptedModel({
    host: '0.0.0.0',
    keepBodies: true,
    stories: [() => [say('seen')]],
  })
  afterAll(() => model.close())

  const before = `git init -q -b OLDBRANCH && git config user.email a@b.c && git config user.name OLDUSER &&
    mkdir -p .claude/skills/oldskill && printf -- '---\\nname: oldskill\\ndescription: OLDSKILL\\n---\\nx' > .claude/skills/oldskill/SKILL.md &&
    echo OLDMEMO > CLAUDE.md && echo OLDAGENTS > AGENTS.md && git add -A && git commit -qm OLDCOMMIT && touch OLDDIRTY`
  const after = `cd /workspace && rm OLDDIRTY && git checkout -qb NEWBRANCH && git rm -rq .claude &&
    echo NEWMEMO > CLAUDE.md && git add -A && git commit -qm NEWCOMMIT && touch NEWDIRTY`

  /** What the model heard of the trees: words that only a snapshot of one of them could hold. */
  async function hearsay(
    word: string,
    options: Pick<Parameters<typeof startCli>[0], 'command' | 'changeArguments'>,
  ): Promise<string[]> {
    const image = await ensureAgentImage()
    const cli = await startCli({ engine, image, labels, model, prepare: before, ...options })
    await cli.send(toControlRequest('warm', { subtype: 'initialize' }))
    await cli.until((events) => events.find(({ type }) => type === 'control_response'))
    await engine.exec(cli.containerId, { cmd: ['sh', '-c', after] })
    await cli.ask(word)
    const bodies = model.requests().filter(({ prompt }) => prompt === word)
    expect(bodies.length).toBeGreaterThan(0)
    const said = JSON.stringify(bodies.map(({ body }) => body))
    return [...new Set(said.match(/(?:OLD|NEW)[A-Z]+|oldskill|gitStatus/g))].sort()
  }

  test('says nothing of the tree it was started on, nor of any other', async () => {
    expect(await hearsay('worker asks', { command: {} })).toEqual([])
  })

  test('says nothing as a planner either', async () => {
    const jsonSchema = { type: 'object', properties: { a: { type: 'string' } } }
    const profile = { kind: 'planner' as const, jsonSchema }
    expect(await hearsay('planner asks', { command: { profile } })).toEqual([])
  })

  test('would tell of its first tree without the setting that our command line brings', async () => {
    const changeArguments = (argv: string[]) => argv.filter((one) => !one.startsWith('--settings='))
    const heard = await hearsay('without the setting', { command: {}, changeArguments })
    expect(heard).toContain('OLDBRANCH')
    expect(heard).toContain('OLDCOMMIT')
  })
})
