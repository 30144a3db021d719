import { describe, expect, test } from 'bun:test'
import { findDevcontainer, parseDevcontainer } from '#project-image/devcontainer.ts'

const path = '.devcontainer/devcontainer.json'
const parse = (value: object, at = path) => parseDevcontainer(JSON.stringify(value), at)

describe('a devcontainer.json', () => {
  test('is JSON with comments and commas at ends; its paths are seen from its own folder', () => {
    const text = `{
      // a comment
      "build": { "dockerfile": "Dockerfile", /* another */ "context": "..", "target": "dev", "args": { "A": "1", }, },
      "name": "x", "forwardPorts": [3000], "customizations": { "vscode": {} },
    }`
    expect(parseDevcontainer(text, path)).toEqual({
      base: {
        ...{ kind: 'build', dockerfile: '.devcontainer/Dockerfile', context: '' },
        ...{ target: 'dev', args: { A: '1' } },
      },
      ...{ env: {}, commands: [], notes: [] },
    })
    expect(parse({ dockerFile: 'Dockerfile', context: 'app' }, '.devcontainer.json').base).toEqual({
      ...{ kind: 'build', dockerfile: 'Dockerfile', context: 'app', args: {} },
    })
    expect(parse({ image: 'python:3.12' }).base).toEqual({ kind: 'image', image: 'python:3.12' })
  })

  test('has commands as text, as words and as several, in the order in which they are run', () => {
    const { commands } = parse({
      image: 'a',
      postCreateCommand: { one: 'npm ci', two: ['echo', "it's", 'x;y'] },
      onCreateCommand: ['make', '-j2'],
      updateContentCommand: `cd \${containerWorkspaceFolder} && echo \${HOME}`,
    })
    expect(commands).toEqual([
      'make -j2',
      `cd /workspace && echo \${HOME}`,
      'npm ci',
      "echo 'it'\\''s' 'x;y'",
    ])
  })

  test('gives variables, and never one of the machine or of the login', () => {
    const { env, notes } = parse({
      image: 'a',
      containerEnv: {
        A: `\${localWorkspaceFolder}/x`,
        B: `\${localEnv:HOME}`,
        C: `\${localEnv:TERM:dumb}`,
        PATH: `/x:\${containerEnv:PATH}`,
        ANTHROPIC_BASE_URL: 'https://evil.test',
        'NO NAME': 'x',
        LINES: 'a\nRUN rm',
      },
      remoteEnv: { A: null, D: 'd' },
    })
    expect(env).toEqual({
      ...{ A: '/workspace/x', B: '', C: 'dumb', PATH: `/x:\${containerEnv:PATH}`, D: 'd' },
    })
    expect(notes).toHaveLength(5)
    expect(notes.join('\n')).toContain('ANTHROPIC_BASE_URL')
  })

  test('that would be wrong without what is not there is refused', () => {
    const cases: [object | string, string][] = [
      [{ dockerComposeFile: 'compose.yml', service: 'app' }, 'Docker Compose'],
      [{ image: 'a', features: { 'ghcr.io/devcontainers/features/go:1': {} } }, 'features/go:1'],
      [{ name: 'only' }, 'neither an image nor a Dockerfile'],
      [{ build: { dockerfile: '../../etc/Dockerfile' } }, 'leaves the repository'],
      [{ build: { dockerfile: 'Dockerfile', context: '../..' } }, 'leaves the repository'],
      [{ build: { dockerfile: '/etc/passwd' } }, 'leaves the repository'],
      [{ image: 7 }, 'image'],
      ['{ "image": ', 'not JSON'],
    ]
    for (const [value, said] of cases)
      expect(() =>
        parseDevcontainer(typeof value === 'string' ? value : JSON.stringify(value), path),
      ).toThrow(said)
    expect(parse({ image: 'a', features: {} }).notes).toEqual([])
  })

  test('never opens the machine: what would is told and not obeyed', () => {
    const { notes } = parse({
      ...{ image: 'a', privileged: true, capAdd: ['SYS_PTRACE'], securityOpt: ['x'] },
      ...{ runArgs: ['--network=host'], mounts: ['source=/,target=/host,type=bind'] },
      ...{ initializeCommand: 'rm -rf ~', workspaceFolder: '/workspaces/x', remoteUser: 'root' },
      build: { options: ['--network=host'] },
    })
    for (const key of ['privileged', 'capAdd', 'securityOpt', 'runArgs', 'mounts', 'remoteUser'])
      expect(notes.filter((note) => note.startsWith(`"${key}" `))).toHaveLength(1)
    expect(notes.find((note) => note.includes('initializeCommand'))).toContain('machine itself')
    expect(notes).toHaveLength(9)
  })

  test('is found in its usual places, and named when there are several', () => {
    const named = '.devcontainer/go/devcontainer.json'
    expect(findDevcontainer([named, '.devcontainer.json', path])).toBe(path)
    expect(findDevcontainer(['.devcontainer.json', named])).toBe('.devcontainer.json')
    expect(findDevcontainer(['a.txt', named])).toBe(named)
    expect(() => findDevcontainer([named, '.devcontainer/js/devcontainer.json'])).toThrow(
      'Say which one',
    )
    expect(() => findDevcontainer(['src/devcontainer.json'])).toThrow('no devcontainer.json')
  })
})
