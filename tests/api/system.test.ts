import { describe, expect } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { refusal, scenarios } from '../support/scenario.ts'

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
      name: 'cannot be changed, and says where it can',
      request: { method: 'PUT', path: '/api/config', json: { server: { port: 1 } } },
      expect: {
        status: 405,
        body: refusal('route.method-not-allowed', 'config.yaml'),
        headers: { allow: 'GET, HEAD' },
        events: [],
      },
    },
  ])
})
