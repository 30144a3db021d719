/**
 * Kills the server before and after every transaction of an issue that becomes a task by webhook. The forge sends it again, as forges do:
 * there is one task of it then, it goes on by itself, and nothing of an issue is marked as taken that became none.
 */
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { createVault } from '#auth/vault.ts'
import { DeliverySettings } from '#contract/delivery.ts'
import { saveRepoTemplate } from '#db/repo-templates.ts'
import type { TaskDeps } from '#tasks/deps.ts'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import { signed } from '../support/forges/signed.ts'
import { survive } from '../support/person.ts'
import { createWorld, type World } from '../support/test-tasks.ts'

const secret = 'agreed on with the forge'
const url = 'https://git.example.com/a/b.git'
const body = JSON.stringify({ action: 'labeled', issue: { number: 7 } })
const delivery: TaskDeps['delivery'] = {
  run: async () => ({ state: 'unchanged', target: 'main' }),
  look: async ({ pullRequest }) => pullRequest,
  issue: async ({ number }) => ({
    ...{ number, url: `${url}/issues/${number}`, title: 'It breaks', body: 'Really.' },
    ...{ labels: ['bug'], author: 'eve', is_open: true },
  }),
}

function placeTemplate({ db }: World, dir: string): void {
  const webhookSecretId = createVault({ db, keyFile: join(dir, 'key') }).seal(db, secret)
  saveRepoTemplate(db, {
    ...{ id: 'template', name: 'A', url, depth: null, defaultBranch: 'main', credentialId: null },
    ...{
      delivery: v.parse(DeliverySettings, { forge: 'gitea' }),
      enableMemory: false,
      environment: [],
      setupCommands: [],
      setupSecrets: false,
      runsIn: null,
    },
    ...{ webhookSecretId, issueLabel: 'bug', createdAt: 1, updatedAt: 1 },
  })
}

async function play(point?: CrashPoint): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-issue-'))
  const crash = createCrashPoint(point)
  let isArmed = false
  const onCommit = (when: CrashPoint['when']): void => {
    if (isArmed) crash.onCommit(when)
  }
  try {
    await using world = createWorld({ dir, delivery, onCommit })
    placeTemplate(world, dir)
    const headers = new Map(Object.entries(signed('gitea', secret, body)))
    const sent = {
      header: (name: string) => headers.get(name),
      read: async () => new TextEncoder().encode(body),
    }
    isArmed = true
    await survive(world, () => world.tasks.takeWebhook('template', sent))
    isArmed = point !== undefined && !crash.wasMet()
    const commits = crash.commits()
    if (world.isDead()) await world.restart()
    await world.tasks.takeWebhook('template', sent)
    const { tasks } = world.tasks.list({ limit: 5, offset: 0 })
    expect(tasks.map(({ name }) => name)).toEqual(['It breaks'])
    const [{ id } = { id: '' }] = tasks
    await world.until('a plan that waits for a person', () => world.status(id) === 'planned')
    expect(world.types(id).filter((type) => type === 'task.started')).toHaveLength(1)
    return commits
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

test('an issue that comes by webhook becomes one task, wherever the server dies', async () => {
  const commits = await play()
  expect(commits).toBeGreaterThan(0)
  for (let number = 1; number <= commits; number++)
    for (const when of ['before', 'after'] as const) await play({ number, when })
}, 60_000)
