/** The whole server in this process, on a port of its own: what `klaudio` is without its UI and without an engine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '#config/config.ts'
import { openSettings } from '#config/settings.ts'
import { silentLog } from '#lib/log.ts'
import { type App, createApp } from '../../server/app.ts'
import { vaultSecrets } from '../../server/secrets.ts'

export type ServedApp = {
  app: App
  url: string
  port: number
  dataDir: string
  /** Empty where no token is asked for. */
  token: string
  /** Settings as the server has them, for a command that works beside it. */
  config: Config
  [Symbol.asyncDispose](): Promise<void>
}

/** `settings` by key, as flags are given. */
export async function openServedApp(settings: Record<string, string> = {}): Promise<ServedApp> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-served-'))
  const opened = openSettings({
    env: { KLAUDIO_AUTH_MODE: 'env', CLAUDE_SESSION_KEY: 'sk-ant-test' },
    cwd: dir,
    home: dir,
    // Rows that a test writes are of a fixed day long ago: nothing may be removed for its age.
    flags: {
      ...{ 'server.port': '0', 'docker.host': 'unix:///nowhere/docker.sock' },
      ...{ 'retention.output_days': '0', 'retention.event_days': '0' },
      ...settings,
    },
    secrets: vaultSecrets({ mayUpgrade: true }),
  })
  const { config } = opened
  const app = createApp({
    settings: opened,
    embedded: {
      ui: [{ path: 'index.html', bytes: new TextEncoder().encode('<!doctype html>Klaudio') }],
      agentImage: [],
    },
    version: '1.2.3',
    bunPath: process.execPath,
    environment: process.env,
    log: silentLog,
  })
  const url = app.listen()
  return {
    app,
    url,
    port: Number(new URL(url).port),
    dataDir: config.storage.data_dir,
    token: app.owner?.token ?? '',
    config,
    async [Symbol.asyncDispose]() {
      await app.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
