import { expect, test } from 'bun:test'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keys } from '#config/keys.ts'
import { loadConfig } from '#config/load.ts'
import { redactConfig } from '#config/redact.ts'
import { openSettings } from '#config/settings.ts'
import { vaultSecrets } from '../../server/secrets.ts'
import {
  fromText,
  toChange,
  toRefusal,
  toText,
  whyFixed,
} from '../../ui/src/features/settings/edit.ts'
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

test('saving one setting leaves every other as it was, also those that no page shows (U17)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-settings-'))
  const from = { env: {}, cwd: dir, home: dir, secrets: vaultSecrets({ mayUpgrade: true }) }
  const settings = openSettings(from)
  const hidden = {
    docker: { http_proxy: 'http://proxy.example:3128', pids: 999 },
    claude: { session_key: 'sk-ant-test' },
    state: { max_checkpoints: 77 },
  }
  settings.change(hidden)
  const free = shown.filter((field) => whyFixed(settings.show(), field) === undefined)
  for (const field of free) {
    const before = structuredClone(settings.show())
    const edited = fromText(before, field, toText(before, field))
    if ('problem' in edited) throw new Error(`${field.key}: ${edited.problem}`)
    const change = toChange(field.key, edited.value)
    expect(Object.values(change).flatMap((each) => Object.keys(each))).toHaveLength(1)
    settings.change(change)
    expect(settings.show()).toEqual(before)
  }
  const again = openSettings(from).config
  expect(again).toMatchObject(hidden)
})

test('what a field holds can be sent back as it is, and the server takes it for every setting that is free', () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-settings-'))
  const settings = openSettings({ env: { KLAUDIO_MAX_AGENTS: '4' }, cwd: dir, home: dir })
  const before = settings.show()
  const free = shown.filter((field) => whyFixed(before, field) === undefined)
  expect(free.length).toBeGreaterThan(15)
  for (const field of free) {
    const edited = fromText(settings.show(), field, toText(settings.show(), field))
    if ('problem' in edited) throw new Error(`${field.key}: ${edited.problem}`)
    settings.change(toChange(field.key, edited.value))
  }
  expect(settings.show()).toEqual(before)
  for (const field of shown.filter(({ key }) => !free.some((each) => each.key === key)))
    expect(() => settings.change(toChange(field.key, null))).toThrow(
      /change it there|can only be set/,
    )
})

test('a setting that is decided elsewhere says where, and a text that is no number is not sent', () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-settings-'))
  const set = openSettings({ env: { KLAUDIO_MAX_AGENTS: '4' }, cwd: dir, home: dir }).show()

  expect(whyFixed(set, find('docker.max_agents'))).toBe('Set by KLAUDIO_MAX_AGENTS')
  expect(whyFixed(set, find('storage.data_dir'))).toContain('KLAUDIO_DATA_DIR')
  expect(whyFixed(config, find('docker.cpus'))).toContain('config.yaml')
  expect(fromText(set, find('docker.cpus'), 'two')).toHaveProperty('problem')
  expect(fromText(set, find('docker.cpus'), ' ')).toEqual({ value: null })
  expect(fromText(set, find('docker.packages'), 'golang, make,')).toEqual({
    value: ['golang', 'make'],
  })
  expect(toText(set, find('docker.memory'))).toBe('4g')
})

test('a refusal says below the field what is allowed there', () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-settings-'))
  const settings = openSettings({ env: {}, cwd: dir, home: dir })
  let message = ''
  try {
    settings.change({ agents: { idle_timeout: 'soon' } })
  } catch (error) {
    message = error instanceof Error ? error.message : ''
  }
  expect(toRefusal(message)).toBe('Not allowed. Give a duration such as 90s, 5m or 1h30m.')
  expect(toRefusal('Klaudio does not answer.')).toBe('Klaudio does not answer.')
})
