/** `npm run check`: formatter, linter, types, dead code, and every test that needs no engine. Under a minute, so run it all the time. */
import { inMemory, run, runQuietly, testsWithoutEngine } from './steps.ts'

/** Only what has changed since the last time is looked at again; `npm test` looks at everything. */
const types = (project: string, name: string): string[] => [
  ...['node_modules/.bin/tsc', '-p', project],
  ...['--incremental', '--tsBuildInfoFile', `.cache/types/${name}.tsbuildinfo`],
]
const checks: string[][] = [
  ['node_modules/.bin/biome', 'check', '.'],
  types('.', 'server'),
  types('ui', 'ui'),
  ['node_modules/.bin/knip', '--cache', '--cache-location', '.cache/knip'],
]
const tests: string[][] = [
  ['node_modules/.bin/bun', 'test', '--only-failures', ...testsWithoutEngine],
  ['node_modules/.bin/bun', 'test', '--only-failures', '--conditions=browser', 'tests/ui'],
]
const failed: string[] = []
const note = (step: string[], code: number): void => {
  if (code !== 0) failed.push(step.join(' '))
}
await Promise.all(checks.map(async (step) => note(step, await runQuietly(step))))
{
  using place = inMemory()
  for (const step of tests) note(step, await run(step, place.env))
}
if (failed.length > 0) {
  console.error(`\nFailed:\n  ${failed.join('\n  ')}`)
  process.exit(1)
}
console.log('\nEverything is in order.')
