import { beforeAll, describe, expect, test } from 'bun:test'
import { cliVersion } from '#images/claude-cli.ts'
import { packTar } from '#lib/pack-tar.ts'
import {
  ensureAgentImage,
  ownLabels,
  removeLeftovers,
  requireEngine,
  testAgentImage,
  testEngine,
} from '../support/docker.ts'

const noEngine = await requireEngine()
const engine = testEngine()

describe.skipIf(noEngine !== undefined)('the agent image', () => {
  const labels = ownLabels('image')
  let tag = ''
  let container = ''

  beforeAll(async () => {
    tag = await ensureAgentImage()
    container = await engine.createContainer({
      name: `klaudio-image-test-${process.pid}`,
      image: tag,
      cmd: ['sleep', 'infinity'],
      labels,
      volumes: [],
      tmpfs: { '/tmp': 2 ** 26 },
      readOnlyRoot: true,
      network: 'none',
      memoryBytes: 2 ** 30,
      cpus: 2,
      pids: 256,
      openStdin: false,
    })
    await engine.startContainer(container)
  }, 600_000)

  const shell = async (script: string): Promise<string> => {
    const { stdout, stderr } = await engine.exec(container, { cmd: ['sh', '-c', script] })
    return Buffer.from(stdout).toString() + stderr
  }

  test('is there after it was built once, and is found without building again', async () => {
    const image = await testAgentImage()
    expect(await image.check()).toMatchObject({ state: 'ready', tag })
    const states: string[] = []
    image.subscribe(({ state }) => states.push(state))
    expect(await image.ensure()).toBe(tag)
    expect(states).not.toContain('building')
  })

  test('runs the pinned Claude Code CLI as the unprivileged agent', async () => {
    expect(await shell('HOME=/tmp CLAUDE_CONFIG_DIR=/tmp claude --version')).toContain(cliVersion)
    expect(await shell('id -un; id -u; id -g; echo $HOME $CLAUDE_CONFIG_DIR')).toBe(
      'agent\n1000\n1000\n/state/home /state/claude\n',
    )
  })

  test('has the tools that agents work with', async () => {
    const tools = ['git', 'perl', 'curl', 'node', 'npm', 'python3', 'make', 'ps', 'jq', 'patch']
    expect(
      await shell(`for tool in ${tools.join(' ')}; do command -v $tool || echo none; done`),
    ).not.toContain('none')
    expect(await shell('cd /tmp && git init -q r && cd r && git symbolic-ref HEAD')).toBe(
      'refs/heads/main\n',
    )
  })

  test('trusts the usual authorities', async () => {
    const script =
      'import ssl; print(ssl.create_default_context().cert_store_stats()["x509_ca"] > 100)'
    expect(await shell(`python3 -c '${script}'`)).toBe('True\n')
    expect(await shell('ls -L $NODE_EXTRA_CA_CERTS $SSL_CERT_FILE')).not.toContain('No such file')
  })

  test('has the gate where the server starts it, and nothing of it can be changed by an agent', async () => {
    expect(await shell('test -r /usr/local/lib/klaudio/gate && echo yes')).toBe('yes\n')
    expect(await shell('find /usr/local -writable ! -type l | wc -l')).toBe('0\n')
  })
})

describe.skipIf(noEngine !== undefined)('an agent image on another base', () => {
  /** Nothing gets as far as using it, so no test waits for its hundreds of megabytes. */
  const cli = { isCached: async () => true, ensure: async () => import.meta.path }
  const onBase = (base_image: string) =>
    testAgentImage({ config: { image_name: 'klaudio-image-test', base_image }, cli })

  test('that has no apt fails with the reason', async () => {
    const base = `klaudio-image-test-${process.pid}:tiny`
    const dockerfile = `FROM ${await ensureAgentImage()}\nUSER root\nRUN rm -f /usr/bin/apt-get\n`
    await engine.buildImage({
      tag: base,
      context: packTar([{ path: 'Dockerfile', content: dockerfile }]),
      buildArgs: {},
      labels: {},
      onProgress: () => {},
    })
    try {
      const image = await onBase(base)
      await expect(image.ensure()).rejects.toThrow('must be a Debian or Ubuntu image')
      expect(image.state().state).toBe('failed')
    } finally {
      await removeLeftovers((await engine.findImage(base))?.id ?? '')
      await engine.removeImage(base)
    }
  }, 60_000)

  test('that nobody has is refused by name', async () => {
    const image = await onBase('klaudio/no-such-base:1')
    await expect(image.ensure()).rejects.toThrow('docker.base_image klaudio/no-such-base:1')
  }, 60_000)
})
