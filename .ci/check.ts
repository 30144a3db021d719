/** `npm run check`: formatter, linter, types, dead code, and every test that needs no engine. To be run all the time. */
import {
  inMemory,
  prepareTests,
  run,
  runQuietly,
  testsOfUi,
  testsWithoutEngine,
  types,
  typesEnv,
} from './steps.ts'

/** Only what has changed since the last time is looked at again; `npm test` looks at everything. */
const newTypes = (project: string, name: string): string[] => [
  ...types(project),
  ...['--incremental', '--tsBuildInfoFile', `.cache/types/${name}.tsbuildinfo`],
]
const bunTest = ['node_modules/.bin/bun', 'test', '--only-failures']
const checks: string[][] = [
  ['node_modules/.bin/biome', 'check', '.'],
  newTypes('.', 'server'),
  newTypes('ui', 'ui'),
  ['node_modules/.bin/knip', '--cache', '--cache-location', '.cache/knip'],
  [...bunTest, ...testsOfUi],
]
const failed: string[] = []
const note = (step: string[], code: number): void => {
  if (code !== 0) failed.push(step.join(' '))
}
const [program] = await Promise.all([
  prepareTests(),
  ...checks.map(async (step) => note(step, await runQuietly(step, typesEnv))),
])
{
  using place = inMemory()
  const step = [...bunTest, ...testsWithoutEngine]
  note(step, await run(step, { ...place.env, ...program }))
}
if (failed.length > 0) {
  console.error(`\nFailed:\n  ${failed.join('\n  ')}`)
  process.exit(1)
}
console.log('\nEverything is in order.')
