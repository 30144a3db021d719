import { expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keys } from '#config/keys.ts'
import { loadConfig } from '#config/load.ts'
import { redactConfig } from '#config/redact.ts'
import { fields, readValue, showValue, toYaml } from '../../ui/src/features/settings/fields.ts'

const home = mkdtempSync(join(tmpdir(), 'klaudio-settings-'))
const config = redactConfig(
  loadConfig({ env: { KLAUDIO_PACKAGES: 'golang,make' }, cwd: home, home }).config,
)
const shown = Object.values(fields).flat()
const find = (key: string) => {
  const field = shown.find((each) => each.key === key)
  if (!field) throw new Error(`${key} is not shown`)
  return field
}

test('every setting shown is one of the server, with its variable and a value', () => {
  for (const { key, env } of shown) {
    expect([key, keys[key]?.env]).toEqual([key, env])
    expect([key, readValue(config, key) !== undefined]).toEqual([key, true])
  }
  expect(new Set(shown.map(({ key }) => key)).size).toBe(shown.length)
})

test('values are shown as people read them', () => {
  expect(showValue(config, find('docker.memory'))).toBe('4.0 GB')
  expect(showValue(config, find('agents.max_cost_usd'))).toBe('no limit')
  expect(showValue(config, find('docker.packages'))).toBe('golang, make')
  expect(showValue(config, find('claude.base_url'))).toBe("Anthropic's")
  expect(showValue(config, find('agents.subtask_timeout'))).toBe('1h')
})

test('what is copied is a piece of config.yaml that the server takes', () => {
  const text = toYaml(config, find('docker.packages'))
  expect(Bun.YAML.parse(text)).toEqual({ docker: { packages: ['golang', 'make'] } })
})
