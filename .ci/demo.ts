/** `npm run demo`: builds the binary, lets its doctor install what is missing, and runs its demo. Arguments go to the demo. */
import { existsSync } from 'node:fs'
import { must, run } from './steps.ts'

const args = process.argv.slice(2)
const yes = args.includes('--yes')
const rest = args.filter((arg) => arg !== '--yes')
if (!existsSync('dist/klaudio') || !rest.includes('--no-build'))
  await must([process.execPath, 'build.ts'])
const doctor = Bun.spawn(['dist/klaudio', 'doctor', '--fix', ...(yes ? ['--yes'] : []), '--demo'], {
  stdin: 'inherit',
  stdout: 'inherit',
  stderr: 'inherit',
})
if ((await doctor.exited) !== 0) process.exit(1)
process.exit(await run(['dist/klaudio', 'demo', ...rest.filter((arg) => arg !== '--no-build')]))
