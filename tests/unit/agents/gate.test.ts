/** The real gate as a local process, its two volumes replaced by temporary directories. */
import { afterEach, describe, expect, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  closeFrame,
  encodeFrame,
  envFrame,
  type Frame,
  fileFrames,
  inputFrame,
  scriptFrame,
  startFrame,
  whereAreYou,
} from '#agents/frames.ts'

const gatePath = join(import.meta.dir, '../../../agent-image/gate')
const gates: Gate[] = []
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.dispose()
})

class Gate {
  readonly root = mkdtempSync(join(tmpdir(), 'klaudio-gate-'))
  readonly state = join(this.root, 'state')
  readonly workspace = join(this.root, 'workspace')
  readonly lines: string[] = []
  readonly process
  #wake: (() => void)[] = []
  #seq = 0

  constructor(options: { env?: Record<string, string>; setup?: (gate: Gate) => void } = {}) {
    mkdirSync(this.state)
    mkdirSync(this.workspace)
    options.setup?.(this)
    this.process = Bun.spawn(['perl', gatePath], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
      env: {
        PATH: `${this.root}/bin:${process.env.PATH}`,
        KLAUDIO_STATE: this.state,
        KLAUDIO_WORKSPACE: this.workspace,
        ...options.env,
      },
    })
    gates.push(this)
    void this.#read()
  }

  async #read() {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of this.process.stdout) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      this.lines.push(...parts)
      for (const wake of this.#wake.splice(0)) wake()
    }
    this.lines.push('<end>')
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Resolves once the gate printed the line. */
  async saw(line: string | RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((l) => (typeof line === 'string' ? l === line : line.test(l)))
      if (found !== undefined) return found
      if (this.lines.includes('<end>'))
        throw new Error(`no ${line}, only ${this.lines.join(' | ')}`)
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
  }

  bytes(frame: Frame): Uint8Array {
    this.#seq += 1
    return encodeFrame(this.#seq, frame)
  }
  async write(bytes: Uint8Array | string) {
    this.process.stdin.write(bytes)
    await this.process.stdin.flush()
  }
  async send(...frames: Frame[]) {
    for (const frame of frames) await this.write(this.bytes(frame))
  }
  async sent(...frames: Frame[]) {
    await this.send(...frames)
    await this.saw(`ok ${this.#seq}`)
  }
  file(path: string) {
    return readFileSync(join(this.root, path), 'utf8')
  }
  async dispose() {
    this.process.kill('SIGKILL')
    await this.process.exited
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** A CLI that writes what it reads to its output. */
const echo = startFrame(['cat'])

describe('frames', () => {
  test('lines reach the CLI in order and its output is a file', async () => {
    const gate = new Gate()
    await gate.sent(echo, inputFrame('{"a":1}'), inputFrame('{"ü":"\\n"}'), closeFrame)
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson')).toBe('{"a":1}\n{"ü":"\\n"}\n')
    expect(gate.file('state/exit')).toBe('0\n')
    expect(await gate.process.exited).toBe(0)
  })

  test('a repeated frame is answered dup and has no second effect', async () => {
    const gate = new Gate()
    await gate.sent(echo)
    const frame = gate.bytes(inputFrame('once'))
    await gate.write(frame)
    await gate.saw('ok 2')
    await gate.write(frame)
    await gate.saw('dup 2')
    await gate.sent(closeFrame)
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson')).toBe('once\n')
  })

  test('a frame ahead of its turn is answered bad', async () => {
    const gate = new Gate()
    await gate.write(encodeFrame(2, echo))
    await gate.saw('bad 2')
    await gate.sent(echo)
  })

  test('a frame torn anywhere never has an effect and the one sent again has it once', async () => {
    const gate = new Gate()
    await gate.sent(echo)
    const frame = gate.bytes(inputFrame('whole'))
    // The cut just before the last newline is no tear: the newline that follows completes the frame.
    for (let cut = 1; cut < frame.length - 1; cut += 1) {
      await gate.write(frame.subarray(0, cut))
      await gate.write('\n')
    }
    await gate.write(whereAreYou)
    await gate.saw('at 1 running')
    await gate.write(frame)
    await gate.sent(closeFrame)
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson')).toBe('whole\n')
  })

  test('a frame torn within binary content is skipped whole', async () => {
    const gate = new Gate()
    const content = Uint8Array.from({ length: 4096 }, (_, at) => at % 256)
    const [frame] = fileFrames('.klaudio/blob', content)
    if (!frame) throw new Error('no frame')
    const bytes = gate.bytes(frame)
    await gate.write(bytes.subarray(0, 2000))
    await gate.write(whereAreYou)
    await gate.saw('at 0 waiting')
    await gate.write(bytes)
    await gate.saw('ok 1')
    expect(new Uint8Array(readFileSync(join(gate.workspace, '.klaudio/blob')))).toEqual(content)
  })

  test('frames arriving one byte at a time are taken', async () => {
    const gate = new Gate()
    for (const byte of gate.bytes(echo)) await gate.write(Uint8Array.of(byte))
    await gate.saw('ok 1')
  })

  test('a 3 MB line reaches the CLI whole', async () => {
    const gate = new Gate()
    const line = 'x'.repeat(3_000_000)
    await gate.sent(echo, inputFrame(line), closeFrame)
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson').length).toBe(line.length + 1)
  })

  test('input for a CLI that was never started is refused', async () => {
    const gate = new Gate()
    await gate.send(inputFrame('{}'))
    await gate.saw('fail 1 not-started')
  })

  test('input after the close is refused', async () => {
    const gate = new Gate()
    await gate.send(startFrame(['sh', '-c', 'cat > /dev/null; read x < release']), closeFrame)
    await gate.send(inputFrame('{}'))
    await gate.saw('fail 3 closed')
  })

  test('a program that does not exist ends with 127 and says so in the log', async () => {
    const gate = new Gate()
    await gate.send(startFrame(['no-such-program']))
    await gate.saw('exit 127')
    expect(gate.file('state/err.log')).toContain('no-such-program')
  })
})

describe('files', () => {
  test('a large file comes in several frames, byte for byte', async () => {
    const gate = new Gate()
    const content = crypto.getRandomValues(new Uint8Array(65_536))
    const big = new Uint8Array(20_000_000).map((_, at) => content[at % 65_536] ?? 0)
    const frames = fileFrames('/state/in/big.bundle', big)
    expect(frames.length).toBeGreaterThan(5)
    await gate.sent(...frames)
    expect(Buffer.compare(readFileSync(join(gate.state, 'in/big.bundle')), big)).toBe(0)
  })

  test('a file that is written again replaces the longer one before', async () => {
    const gate = new Gate()
    const text = (value: string) => new TextEncoder().encode(value)
    await gate.sent(...fileFrames('input/a/b.txt', text('a long text')))
    await gate.sent(...fileFrames('input/a/b.txt', text('short')))
    expect(gate.file('workspace/input/a/b.txt')).toBe('short')
    await gate.sent(...fileFrames('.klaudio/empty', text('')))
    expect(gate.file('workspace/.klaudio/empty')).toBe('')
  })

  test.each(['README.md', '.git/config', 'input/../x', '/etc/x', '.klaudio', 'input/'])(
    'the path %s is refused',
    async (path) => {
      const gate = new Gate()
      await gate.send(...fileFrames(path, new Uint8Array([1])))
      await gate.saw('fail 1 forbidden')
    },
  )
})

describe('scripts', () => {
  test('a script runs in the workspace with the environment that was sent, and its exit code comes back', async () => {
    const gate = new Gate()
    await gate.sent(envFrame({ GREETING: 'hello=you', EMPTY: '' }))
    await gate.sent(scriptFrame('printf "%s" "$GREETING" > made; echo said; echo complained >&2'))
    expect(gate.file('workspace/made')).toBe('hello=you')
    expect(gate.file('state/err.log')).toBe('said\ncomplained\n')
    await gate.send(scriptFrame('exit 7'))
    await gate.saw('fail 3 7')
  })

  test('the CLI loads while scripts run, and input waits for them', async () => {
    const gate = new Gate()
    const cli = 'echo started; while read line; do echo "$line $(cat tree)"; done'
    await gate.send(startFrame(['sh', '-c', cli]))
    await gate.send(
      scriptFrame(
        'while ! grep -q started "$KLAUDIO_STATE/out.ndjson"; do :; done; echo new > tree',
      ),
    )
    await gate.sent(inputFrame('prompt'), closeFrame)
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson')).toBe('started\nprompt new\n')
  })

  test('the question where it is waits for a running script', async () => {
    const gate = new Gate()
    await gate.send(scriptFrame('while [ ! -e go ]; do :; done'))
    await gate.write(whereAreYou)
    writeFileSync(join(gate.workspace, 'go'), '')
    await gate.saw('at 1 waiting')
    expect(gate.lines).toEqual(['ready', 'ok 1', 'at 1 waiting'])
  })
})

describe('the end', () => {
  test("the CLI's exit code is passed through", async () => {
    const gate = new Gate()
    await gate.send(startFrame(['sh', '-c', 'exit 3']))
    await gate.saw('exit 3')
    expect(await gate.process.exited).toBe(3)
    expect(gate.file('state/exit')).toBe('3\n')
  })

  test('SIGTERM reaches the CLI and its answer is passed through', async () => {
    const gate = new Gate()
    const cli = `trap 'echo caught; exit 9' TERM; echo started; while :; do read x; done`
    await gate.send(startFrame(['sh', '-c', cli]))
    await gate.sent(scriptFrame('while ! grep -q started "$KLAUDIO_STATE/out.ndjson"; do :; done'))
    gate.process.kill('SIGTERM')
    await gate.saw('exit 9')
    expect(gate.file('state/out.ndjson')).toBe('started\ncaught\n')
  })

  test('SIGTERM before the CLI was started ends the gate with 143', async () => {
    const gate = new Gate()
    await gate.saw('ready')
    gate.process.kill('SIGTERM')
    expect(await gate.process.exited).toBe(143)
  })

  test('a CLI killed by a signal is reported as 128 plus its number', async () => {
    const gate = new Gate()
    await gate.send(startFrame(['sh', '-c', 'kill -9 $$']))
    await gate.saw('exit 137')
  })

  test('an input that ends for good lets the CLI finish', async () => {
    const gate = new Gate()
    await gate.sent(echo, inputFrame('last'))
    gate.process.stdin.end()
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson')).toBe('last\n')
  })

  test('a new gate ends the half line that a killed CLI left, and forgets its exit code', async () => {
    const gate = new Gate({
      setup: ({ state }) => {
        writeFileSync(join(state, 'out.ndjson'), '{"whole":1}\n{"torn')
        writeFileSync(join(state, 'exit'), '137\n')
      },
    })
    await gate.saw('ready')
    expect(existsSync(join(gate.state, 'exit'))).toBe(false)
    await gate.sent(echo, inputFrame('next'), closeFrame)
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson')).toBe('{"whole":1}\n{"torn\nnext\n')
  })
})

describe('a volume that fills up', () => {
  const fakeDf = ({ root }: { root: string }) => {
    mkdirSync(join(root, 'bin'))
    writeFileSync(
      join(root, 'bin/df'),
      `#!/bin/sh\necho header\necho "fs 9 9 $(cat ${root}/free) 1% /"\n`,
    )
    chmodSync(join(root, 'bin/df'), 0o755)
    writeFileSync(join(root, 'free'), '1000000')
  }
  const env = { KLAUDIO_RESERVE_BYTES: '102400', KLAUDIO_DISK_WATCH_SECS: '0' }

  test('freezes the CLI below the reserve and thaws it once there is room', async () => {
    const gate = new Gate({ env, setup: fakeDf })
    await gate.sent(echo)
    writeFileSync(join(gate.root, 'free'), '50')
    expect(await gate.saw(/^low-disk/)).toBe('low-disk 51200')
    await gate.send(inputFrame('kept'))
    await gate.saw('ok 2')
    expect(gate.file('state/out.ndjson')).toBe('')
    writeFileSync(join(gate.root, 'free'), '1000000')
    await gate.saw('disk-ok')
    await gate.sent(closeFrame)
    await gate.saw('exit 0')
    expect(gate.file('state/out.ndjson')).toBe('kept\n')
  })

  test('SIGTERM thaws the CLI so that it can end', async () => {
    const gate = new Gate({ env, setup: fakeDf })
    await gate.sent(echo)
    writeFileSync(join(gate.root, 'free'), '50')
    await gate.saw(/^low-disk/)
    gate.process.kill('SIGTERM')
    await gate.saw('exit 143')
  })
})
