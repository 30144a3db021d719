/** Completion in the real shells, asking the real program, asking a real server. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { klaudio, klaudioCommand } from '../support/klaudio.ts'
import { draft, seedPlan, seedTask, spec } from '../support/seed.ts'

let app: CliServer
const dir = mkdtempSync(join(tmpdir(), 'klaudio-complete-'))
const id = 'feed1111-0000-4000-8000-000000000000'

beforeAll(async () => {
  app = await openCliServer()
  seedTask(app.db, { id, name: 'A $(touch broken) `name`', status: 'planned' })
  seedPlan(app.db, id, draft(spec('base'), spec('build'), spec('top')))
  writeFileSync(join(dir, 'klaudio'), `#!/bin/sh\nexec ${klaudioCommand.join(' ')} "$@"\n`)
  chmodSync(join(dir, 'klaudio'), 0o755)
  writeFileSync(join(dir, 'a file.md'), '')
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

async function shell(command: string[], script: string): Promise<string[]> {
  const child = Bun.spawn([...command, script], {
    cwd: dir,
    env: {
      PATH: `${dir}:${process.env.PATH}`,
      HOME: dir,
      KLAUDIO_SERVER: app.url,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  expect(errors).toBe('')
  return out.split('\n').filter((line) => line !== '')
}

/** What bash offers for the line, whose last word is under the cursor. */
async function bash(...words: string[]): Promise<string[]> {
  const { stdout } = await klaudio(['completion', 'bash'])
  const quoted = words.map((word) => `'${word}'`).join(' ')
  return await shell(
    ['bash', '--norc', '-c'],
    `${stdout}
COMP_WORDS=(klaudio ${quoted}); COMP_CWORD=${words.length}
_klaudio
(( \${#COMPREPLY[@]} )) && printf '%s\\n' "\${COMPREPLY[@]}"; complete -p klaudio >/dev/null`,
  )
}

test.each([
  [['ta'], ['task']],
  [
    ['task', 'st'],
    ['start', 'stop'],
  ],
  [['task', 'show', 'fee'], ['feed1111']],
  [['task', 'show', 'feed1111-'], [id]],
  [
    ['task', 'retry', 'feed', 'b'],
    ['base', 'build'],
  ],
  [['task', 'create', '--prompt-file', 'a'], ['a file.md']],
  [['task', 'list', '--server', 'http', ':', '//127.0.0.1', ':', '1', '--js'], ['--json']],
  [['task', 'show', 'nothing'], []],
])('bash goes on after klaudio %j with %j', async (words, offered) => {
  expect(await bash(...words)).toEqual(offered)
})

test('a name with shell syntax in it is never run', async () => {
  expect(await bash('task', 'show', '')).toContain('feed1111')
  expect(await Bun.file(join(dir, 'broken')).exists()).toBe(false)
})

test('a server that is not there offers nothing, and says nothing', async () => {
  const server = 'http://127.0.0.1:1'
  expect(await klaudio(['complete-words', 'task', 'show', ''], { server })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  })
})

/** The name says why it is skipped where the shell is not there. */
const named = (shell: string): string =>
  `${shell} takes the script and completes a verb${Bun.which(shell) ? '' : ` (skipped: ${shell} is not installed, and only root on Debian or Ubuntu gets it from npm test)`}`

const zsh = Bun.which('zsh')
test.skipIf(!zsh)(named('zsh'), async () => {
  const { stdout } = await klaudio(['completion', 'zsh'])
  const script = `autoload -Uz compinit && compinit -u
${stdout}
_describe() { print -l -- "\${(@P)2}" }
words=(klaudio task st); CURRENT=3
_klaudio`
  expect(await shell([zsh ?? 'zsh', '-f', '-c'], script)).toEqual([
    expect.stringContaining('start:'),
    expect.stringContaining('stop:'),
  ])
})

const fish = Bun.which('fish')
test.skipIf(!fish)(named('fish'), async () => {
  const { stdout } = await klaudio(['completion', 'fish'])
  const found = await shell(
    [fish ?? 'fish', '--no-config', '-c'],
    `${stdout}\ncomplete -C 'klaudio task st'`,
  )
  expect(found.map((line) => line.split('\t')[0])).toEqual(['start', 'stop'])
})
