/**
 * `npm run crash [N]`: real agents under fire. Kills the server at every recorded step and at N random moments (100), and agents and the
 * engine at a part of that; then 20 agents write each other 10,000 messages over ten killed servers. Prints the seed of every run; `SEED=… npm run crash 1` plays one again.
 */
import { ensureEngine } from './setup.ts'
import { must, run } from './steps.ts'

const crashes = Number(process.argv[2] ?? 100)
if (!Number.isInteger(crashes) || crashes < 1) throw new Error('how many? npm run crash [N]')
await must([process.execPath, 'build.ts'])
await ensureEngine()
const env = { REQUIRE_DOCKER: '1', CRASHES: String(crashes) }
const failed =
  (await run([process.execPath, 'test', 'tests/docker/crash.test.ts'], env)) ||
  (await run([process.execPath, 'test', 'tests/recovery/messages.test.ts'], { LONG_TALK: '1' }))
process.exit(failed)
