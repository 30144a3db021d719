import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { EngineResource } from '#contract/system.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

describe('GET /health', () => {
  scenarios([
    {
      name: 'says that the server lives and what is ready',
      request: { path: '/health' },
      expect: {
        status: 200,
        body: {
          status: 'ok',
          time: expect.any(String),
          version: 'test',
          ready: true,
          database: 'ok',
          engine: 'reachable',
        },
        events: [],
      },
    },
    {
      name: 'is 200 without an engine, and says that nothing can run',
      given: ({ machine }) => {
        machine.system.engine = { state: 'unreachable', detail: 'nothing answers' }
      },
      request: { path: '/health' },
      expect: {
        status: 200,
        body: { status: 'ok', ready: false, engine: 'unreachable' },
        events: [],
      },
    },
    {
      name: 'says when the database does not answer',
      given: ({ machine }) => {
        machine.databaseWorks = false
      },
      request: { path: '/health' },
      expect: { status: 200, body: { ready: false, database: 'failed' }, events: [] },
    },
    {
      name: 'answers nobody who was tricked about our name',
      as: 'rebound name',
      request: { path: '/health' },
      expect: { status: 403, body: refusal('auth.forbidden'), events: [] },
    },
  ])
})

describe('GET /api/system', () => {
  scenarios([
    {
      name: 'shows engine, image, slots and credentials',
      request: { path: '/api/system' },
      expect: {
        status: 200,
        body: {
          engine: { state: 'reachable' },
          image: { state: 'ready' },
          slots: { used: 0, total: 5, queued: 0, warm: 0 },
          credentials: { state: 'ok' },
        },
        events: [],
      },
    },
  ])
})

describe('GET /api/recovery', () => {
  scenarios([
    {
      name: 'shows what this start found of the server before it',
      given: ({ machine }) => {
        machine.recovery.tasks = [
          {
            task_id: 'a',
            name: 'A task',
            status: 'running',
            agents: [{ agent_id: 'b', subtask_id: 'one', role: 'developer', found: 'adopted' }],
          },
        ]
      },
      request: { path: '/api/recovery' },
      expect: {
        status: 200,
        body: { state: 'done', tasks: [{ agents: [{ found: 'adopted' }] }], removed: [], left: [] },
        events: [],
      },
    },
  ])
})

describe('GET /api/doctor', () => {
  scenarios([
    {
      name: 'runs the checks',
      given: ({ machine }) => {
        machine.checks = [{ id: 'git', title: 'Git', state: 'ok', detail: '2.39' }]
      },
      request: { path: '/api/doctor' },
      expect: {
        status: 200,
        body: { healthy: true, checks: [{ id: 'git', title: 'Git', state: 'ok', detail: '2.39' }] },
        events: [],
      },
    },
    {
      name: 'is not healthy when something needed is missing',
      given: ({ machine }) => {
        machine.checks = [
          { id: 'git', title: 'Git', state: 'fail', detail: 'not found', fix: 'Install git.' },
        ]
      },
      request: { path: '/api/doctor' },
      expect: { status: 200, body: { healthy: false }, events: [] },
    },
  ])
})

describe('GET /api/doctor/stream', () => {
  scenarios([
    {
      name: 'has each check on a line of its own',
      given: ({ machine }) => {
        machine.checks = [
          { id: 'git', title: 'Git', state: 'ok', detail: '2.39' },
          { id: 'disk', title: 'Disk', state: 'warn', detail: 'little\nroom' },
        ]
      },
      request: { path: '/api/doctor/stream' },
      expect: {
        status: 200,
        body: '{"id":"git","title":"Git","state":"ok","detail":"2.39"}\n{"id":"disk","title":"Disk","state":"warn","detail":"little\\nroom"}\n',
        headers: { 'content-type': expect.stringMatching(/^application\/x-ndjson/) },
        events: [],
      },
    },
  ])
})

describe('what is on the engine', () => {
  const resources: EngineResource[] = [
    { kind: 'container', name: 'klaudio-1', owner: 'agent', state: 'running', memory_bytes: 5 },
    { kind: 'volume', name: 'klaudio-2', owner: 'orphan', reason: 'No agent has its id' },
  ]
  const given = ({ machine }: TestApp): void => {
    machine.resources = resources
  }
  scenarios([
    {
      name: 'is listed with whose it is',
      given,
      request: { path: '/api/resources' },
      expect: { status: 200, body: { resources }, events: [] },
    },
    {
      name: 'is removed when it is nobody’s, by name',
      given,
      request: { method: 'POST', path: '/api/resources/remove-orphans' },
      expect: { status: 200, body: { removed: ['klaudio-2'], failed: [] }, events: [] },
      after: ({ machine }) => expect(machine.resources).toEqual(resources.slice(0, 1)),
    },
  ])
})

describe('POST /api/image/build', () => {
  scenarios([
    {
      name: 'begins a build and says so',
      request: { method: 'POST', path: '/api/image/build' },
      expect: { status: 202, body: { state: 'building' }, events: [] },
      after: ({ machine }) => expect(machine.builds).toBe(1),
    },
    {
      name: 'without an engine is 503 with the reason',
      given: ({ machine }) => {
        machine.buildError = new AppError('engine.unreachable', 'No engine answers.')
      },
      request: { method: 'POST', path: '/api/image/build' },
      expect: { status: 503, body: refusal('engine.unreachable'), events: [] },
    },
  ])
})

describe('/api/config', () => {
  scenarios([
    {
      name: 'has the reference’s shape and never the key',
      request: { path: '/api/config' },
      expect: {
        status: 200,
        body: {
          server: { port: 8080, host: '127.0.0.1' },
          docker: {
            host: expect.any(String),
            image_name: 'klaudio-agent',
            network: 'klaudio-net',
            max_agents: 5,
            max_agents_per_task: 3,
          },
          claude: {
            auth_mode: 'env',
            host_dir: expect.any(String),
            host_json_file: expect.any(String),
            has_session_key: true,
          },
          database: { path: expect.any(String) },
          storage: {
            data_dir: expect.any(String),
            states_dir: expect.any(String),
            files_dir: expect.any(String),
          },
          state: {
            auto_save_enabled: true,
            auto_save_interval: '5m',
            max_checkpoints: 3,
            retention_days: 7,
          },
        },
        events: [],
      },
    },
    {
      name: 'is changed in part, in force at once, and kept for its owner only',
      request: {
        method: 'PUT',
        path: '/api/config',
        json: { docker: { max_agents: 7 }, agents: { idle_timeout: '90s' } },
      },
      expect: {
        status: 200,
        body: {
          docker: expect.objectContaining({ max_agents: 7, max_agents_per_task: 3 }),
          agents: expect.objectContaining({ idle_timeout: '1m30s' }),
          restart_required: [],
        },
        events: [],
      },
      after: ({ dir }) => {
        const file = join(dir, 'data', 'settings.json')
        expect(statSync(file).mode & 0o777).toBe(0o600)
        expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
          'docker.max_agents': 7,
          'agents.idle_timeout': '90s',
        })
      },
    },
    {
      name: 'says which changes count after a restart (O6)',
      request: {
        method: 'PUT',
        path: '/api/config',
        json: { server: { port: 9000 }, docker: { max_agents: 2, image_name: 'mine' } },
      },
      expect: {
        status: 200,
        body: {
          server: expect.objectContaining({ port: 9000 }),
          restart_required: ['server.port', 'docker.image_name'],
        },
        events: [],
      },
    },
    {
      name: 'that the environment decides is not changed here, and says where it is',
      request: {
        method: 'PUT',
        path: '/api/config',
        json: { docker: { max_agents: 2 }, claude: { session_key: 'sk-other' } },
      },
      expect: {
        status: 409,
        body: refusal('config.fixed', 'claude.session_key is set by CLAUDE_SESSION_KEY'),
        events: [],
      },
      after: ({ dir }) => expect(existsSync(join(dir, 'data', 'settings.json'))).toBe(false),
    },
    {
      name: 'that says where everything is kept is not changed here (O6)',
      request: { method: 'PUT', path: '/api/config', json: { storage: { data_dir: '/tmp' } } },
      expect: {
        status: 409,
        body: refusal('config.fixed', 'storage.data_dir can only be set in config.yaml'),
        events: [],
      },
    },
    ...[
      [{ docker: { max_agents: 0 } }, 422, 'config.invalid', 'a whole number from 1 to 512'],
      [{ state: { auto_save_interval: 'soon' } }, 422, 'config.invalid', 'a duration such as'],
      [{ docker: { max_agentz: 3 } }, 400, 'request.invalid', 'no setting docker.max_agentz'],
      [{ docker: 3 }, 400, 'request.invalid', 'docker'],
    ].map(([json, status, code, sentence]) => ({
      name: `${JSON.stringify(json)} is refused with what is allowed (O5)`,
      request: { method: 'PUT' as const, path: '/api/config', json },
      expect: {
        status: Number(status),
        body: refusal(String(code), String(sentence)),
        events: [],
      },
    })),
  ])
})

test('a secret of the settings can be written and is never read back', async () => {
  await using app = await openTestApp()
  const json = { docker: { http_proxy: 'http://me:hunter2@proxy' } }
  const changed = await app.fetch(toRequest({ method: 'PUT', path: '/api/config', json }))
  expect(changed.status).toBe(200)
  const shown = await app.fetch(toRequest({ path: '/api/config' }))
  expect((await changed.text()) + (await shown.text())).not.toContain('hunter2')
})
