/**
 * A server as it is after the installation, but for two tasks whose plans wait for approval, each with an agent: for what a browser does when it
 * goes from one to the other. No engine is asked for anything. Prints its address.
 *
 *     node_modules/.bin/bun tests/support/planned-tasks.ts
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openSettings } from '#config/settings.ts'
import { openDb } from '#db/open.ts'
import { silentLog } from '#lib/log.ts'
import { createApp } from '../../server/app.ts'
import { listUi } from './output-feed.ts'
import { draft, seedAgent, seedPlan, seedTask, spec } from './seed.ts'

const dir = mkdtempSync(join(tmpdir(), 'klaudio-planned-'))
const settings = openSettings({
  env: { KLAUDIO_AUTH_MODE: 'env', CLAUDE_SESSION_KEY: 'sk-ant-test' },
  cwd: dir,
  home: dir,
  flags: { 'server.port': '0', 'docker.host': 'unix:///nowhere/docker.sock' },
})
const { path } = settings.config.database
mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
const { db, close } = openDb(path)
for (const name of ['apples', 'pears']) {
  seedTask(db, { id: name, name: `Sort the ${name}`, status: 'planned' })
  seedPlan(db, name, draft(spec(`sort-${name}`)))
}
// The second task has had another plan before, so that its newest one has another number.
seedPlan(db, 'pears', draft(spec('sort-pears'), spec('count-pears', ['sort-pears'])))
for (const id of ['first', 'second']) seedAgent(db, 'apples', { id, subtaskId: id })
close()
const app = createApp({
  settings,
  embedded: { ui: listUi(join(import.meta.dir, '../../dist/ui')), agentImage: [] },
  version: 'planned',
  bunPath: process.execPath,
  environment: process.env,
  log: silentLog,
})
console.log(app.listen())
process.once('SIGTERM', () => {
  void app.close().then(() => {
    rmSync(dir, { recursive: true, force: true })
    process.exit(0)
  })
})
