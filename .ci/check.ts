/** `npm run check`: formatter, linter, types, dead code, and every test that needs no engine. Under a minute, so run it all the time. */
import { run } from './steps.ts'

const steps: string[][] = [
  ['node_modules/.bin/biome', 'check', '.'],
  ['node_modules/.bin/tsc', '-p', '.'],
  ['node_modules/.bin/tsc', '-p', 'ui'],
  ['node_modules/.bin/knip'],
  [
    'node_modules/.bin/bun',
    'test',
    'tests/unit',
    'tests/api',
    'tests/recovery',
    'tests/architecture.test.ts',
  ],
  ['node_modules/.bin/bun', 'test', '--conditions=browser', 'tests/ui'],
]
const failed: string[] = []
for (const step of steps) if ((await run(step)) !== 0) failed.push(step.join(' '))
if (failed.length > 0) {
  console.error(`\nFailed:\n  ${failed.join('\n  ')}`)
  process.exit(1)
}
console.log('\nEverything is in order.')
