/** `npm run bench [name...]`: runs the benchmarks in `bench/`, one after the other. Each prints ratios against a baseline of the same run. */
import { ensureEngine } from './setup.ts'
import { must } from './steps.ts'

const names = process.argv.slice(2)
const all = [...new Bun.Glob('*.ts').scanSync({ cwd: 'bench' })]
  .filter((file) => file !== 'lib.ts')
  .sort()
const wanted = names.length > 0 ? names.map((name) => `${name}.ts`) : all
const unknown = wanted.filter((file) => !all.includes(file))
if (unknown.length > 0)
  throw new Error(`no such benchmark: ${unknown.join(' ')}; there are ${all.join(' ')}`)
await must([process.execPath, 'build.ts'])
await ensureEngine()
for (const file of wanted) await must([process.execPath, `bench/${file}`])
