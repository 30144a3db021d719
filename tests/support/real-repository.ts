/**
 * A real repository for the agents to work on: the published source of `minimist` with its own test suite and the test
 * runner it names, all committed, so that its tests run without a network.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const packages = ['minimist@1.2.8', 'tape@5.9.0']

/** Makes the repository in `dir` (which must not exist) on branch `main`. */
export function makeRealRepository(dir: string): void {
  const install = `${dir}-install`
  mkdirSync(install, { recursive: true })
  writeFileSync(join(install, 'package.json'), '{ "name": "install", "private": true }')
  run(install, [process.execPath, 'add', '--exact', '--ignore-scripts', ...packages])
  cpSync(join(install, 'node_modules/minimist'), dir, { recursive: true })
  cpSync(join(install, 'node_modules'), join(dir, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  rmSync(install, { recursive: true })
  run(dir, ['git', 'init', '-q', '-b', 'main'])
  run(dir, ['git', 'add', '-A', '-f'])
  run(dir, [
    'git',
    '-c',
    'user.name=Upstream',
    '-c',
    'user.email=upstream@example.org',
    'commit',
    '-q',
    '-m',
    'minimist 1.2.8',
  ])
}

/** The package's own suite in a checkout; returns how many of its assertions passed and failed. */
export function runItsTests(dir: string): { passed: number; failed: number; output: string } {
  const result = Bun.spawnSync(['node', 'node_modules/.bin/tape', 'test/**/*.js'], { cwd: dir })
  const output = result.stdout.toString() + result.stderr.toString()
  const read = (word: string): number =>
    Number(new RegExp(`^# ${word} +(\\d+)`, 'm').exec(output)?.[1] ?? 0)
  return {
    passed: read('pass'),
    failed: result.exitCode === 0 ? read('fail') : Math.max(1, read('fail')),
    output,
  }
}

/** A checkout of one branch of a bare repository, made for looking at it. */
export function checkOut(bare: string, branch: string, dir: string): void {
  run(bare, ['git', 'clone', '-q', '--branch', branch, bare, dir])
}

function run(cwd: string, cmd: string[]): void {
  const result = Bun.spawnSync(cmd, { cwd, stdout: 'pipe', stderr: 'pipe' })
  if (result.exitCode !== 0) throw new Error(`${cmd.join(' ')}: ${result.stderr.toString()}`)
}
