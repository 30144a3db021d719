import { expect, test } from 'bun:test'
import { type Check, doctorChecks } from '#contract/system.ts'
import { createDoctor } from '#doctor/doctor.ts'
import {
  findCommand,
  redact,
  sortChecks,
  summariseChecks,
  toReport,
} from '../../ui/src/features/system/report.ts'

const check = (id: string, state: Check['state'], more: Partial<Check> = {}): Check => ({
  ...{ id, title: id, state, detail: 'measured' },
  ...more,
})

test('places are held for exactly the checks that the doctor makes, in its order', async () => {
  const away = new Error('nothing answers')
  const doctor = createDoctor({
    engine: { info: () => Promise.reject(away) },
    endpoint: '',
    image: { check: () => Promise.reject(away), cli: { isCached: async () => true } as never },
    dataDir: import.meta.dir,
    host: () =>
      ({
        platform: 'linux',
        arch: 'x64',
        isRoot: false,
        isDebian: true,
        hasSystemd: true,
        which: () => undefined,
        hasFile: () => false,
      }) as never,
    run: async () => ({ exitCode: 0, output: 'git version 2.45.0' }),
    bunPath: 'bun',
    environment: {},
  })
  const made = (await doctor.run()).map(({ id, title }) => ({ id, title }))

  expect(made).toEqual([...doctorChecks])
})

test('what fails comes first, and the rest keeps its order', () => {
  const checks = [
    check('a', 'ok'),
    check('b', 'skip'),
    check('c', 'fail'),
    check('d', 'warn'),
    check('e', 'ok'),
  ]
  expect(sortChecks(checks).map(({ id }) => id)).toEqual(['c', 'd', 'a', 'e', 'b'])
})

test('the summary never calls a machine well that is not', () => {
  expect(summariseChecks([check('a', 'ok'), check('b', 'skip')])).toBe('Everything works.')
  expect(summariseChecks([check('a', 'ok'), check('b', 'warn')])).toContain('worth a look')
  expect(summariseChecks([check('a', 'fail'), check('b', 'ok')])).toBe("One thing doesn't work.")
  expect(summariseChecks([check('a', 'fail'), check('b', 'fail')])).toBe("2 things don't work.")
})

test('the command of an advice is the first thing in quotes that can be run', () => {
  expect(findCommand('Run "sudo systemctl start docker"')).toBe('sudo systemctl start docker')
  expect(
    findCommand(
      'Install (packages "docker", "moby-engine") and start it ("systemctl enable --now docker")',
    ),
  ).toBe('systemctl enable --now docker')
  expect(findCommand('Free some space')).toBeUndefined()
})

test('a report names nobody and holds no secret', () => {
  const checks = [
    check('engine', 'fail', {
      detail:
        'tcp://ada:hunter2@host:2376 refused; /home/ada/.docker/run/docker.sock, /root/.claude',
      fix: 'Use sk-ant-api03-abcdefgh, ghp_abcdefghijkl of ada@example.test',
    }),
  ]
  const report = toReport(checks, { version: '1.2.3', at: new Date(0) })

  expect(report).toStartWith('Klaudio 1.2.3, 1970-01-01T00:00:00.000Z\n[fail] engine:')
  for (const secret of ['ada', 'hunter2', 'abcdefgh', '/root', 'example.test'])
    expect(report).not.toContain(secret)
  expect(redact('/rooted/x 10 GB at /var/lib')).toBe('/rooted/x 10 GB at /var/lib')
})
