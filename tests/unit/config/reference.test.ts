import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { ConfigSchema } from '#config/config.ts'
import { keys } from '#config/keys.ts'
import { loadConfig } from '#config/load.ts'
import { redactConfig, toDuration } from '#config/redact.ts'

const top = join(import.meta.dir, '../../..')
const text = readFileSync(join(top, 'config.yaml'), 'utf8')
const schemaKeys = Object.entries(ConfigSchema.entries).flatMap(([section, { entries }]) =>
  Object.keys(entries).map((name) => `${section}.${name}`),
)

describe('config.yaml', () => {
  test('says the defaults', () => {
    const machine = { env: {}, home: '/home/somebody', platform: 'linux' as const }
    const written = loadConfig({ ...machine, cwd: top, file: 'config.yaml' })
    // A working directory without a config.yaml; only the paths below it differ.
    const defaults = loadConfig({ ...machine, cwd: '/nowhere' })
    const text = JSON.stringify(written.config).replaceAll(top, '/nowhere')
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(defaults.config)))
  })

  test('has every key, and no other', () => {
    const sections: Record<string, Record<string, unknown>> = parse(text)
    const found = Object.entries(sections).flatMap(([section, inner]) =>
      Object.keys(inner).map((name) => `${section}.${name}`),
    )
    expect(found.sort()).toEqual([...schemaKeys].sort())
  })

  test.each(Object.entries(keys))('%s stands beside a reason and its variable', (key, info) => {
    const name = key.slice(key.indexOf('.') + 1)
    const line = text
      .split('\n')
      .find((each) => each.startsWith(`  ${name}:`) && each.endsWith(`[${info.env}]`))
    expect(line).toMatch(/ # .{10,} \[/)
  })
})

test('the table of keys and the schema agree', () => {
  expect(Object.keys(keys).sort()).toEqual([...schemaKeys].sort())
})

test('no two keys share a variable', () => {
  const names = Object.values(keys).map((info) => info.env)
  expect(new Set(names).size).toBe(names.length)
})

describe('the public configuration', () => {
  test('never holds a secret', () => {
    const { config } = loadConfig({
      cwd: '/nowhere',
      home: '/home/somebody',
      env: {
        CLAUDE_SESSION_KEY: 'sk-secret-1',
        KLAUDIO_HTTPS_PROXY: 'http://u:sk-secret-2@proxy.test',
        ANTHROPIC_BASE_URL: 'http://u:sk-secret-3@gateway.test',
        DOCKER_HOST: 'tcp://u:sk-secret-4@engine.test:2376',
      },
    })
    const shown = redactConfig(config)
    expect(JSON.stringify(shown)).not.toContain('sk-secret')
    expect(shown.claude.has_session_key).toBe(true)
    expect(shown.claude.base_url).toBe('http://gateway.test')
  })

  test.each([
    [300_000, '5m'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m'],
    [1500, '1s500ms'],
    [0, '0s'],
  ])('%d ms are written as %s', (ms, expected) => {
    expect(toDuration(ms)).toBe(expected)
  })
})
