/** Brings a Debian or Ubuntu machine to where every test can run: a container engine (by the product's own doctor) and a browser. */
import { existsSync } from 'node:fs'
import { must, run } from './steps.ts'

const bun = process.execPath
export const fromSource = [bun, '--preload', './.ci/embedded-preload.ts', 'server/main.ts']

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser the tests drive; `CHROMIUM` names another. */
export const findBrowser = (): string | undefined =>
  [process.env.CHROMIUM ?? '', ...browsers].find((path) => path !== '' && existsSync(path))

/** `doctor --fix` installs and starts what is missing; where it cannot, it says what to do and the tests that need it fail. */
export async function ensureEngine(): Promise<void> {
  await run([...fromSource, 'doctor', '--fix', '--yes', '--demo'])
}

const mayInstall = (): boolean => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

async function install(...packages: string[]): Promise<void> {
  await must(['apt-get', 'update', '-q'])
  await must(['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages], {
    DEBIAN_FRONTEND: 'noninteractive',
  })
}

/** By the package that has it. */
const programs: Record<string, () => boolean> = {
  zsh: () => Bun.which('zsh') !== null,
  fish: () => Bun.which('fish') !== null,
  'openssh-server': () => Bun.which('sshd') !== null || existsSync('/usr/sbin/sshd'),
}

/** The shells whose completion is tested, and the server that SSH is tested with. Without them those tests are skipped and say so. */
export async function ensurePrograms(): Promise<void> {
  const missing = Object.keys(programs).filter((name) => !programs[name]?.())
  if (missing.length === 0) return
  if (!mayInstall()) {
    console.log(`${missing.join(' and ')}: not installed, so what needs it is not tested.`)
    return
  }
  try {
    await install(...missing)
  } catch (error) {
    console.log(`What needs ${missing.join(' or ')} is not tested: ${error}`)
  }
}

export async function ensureBrowser(): Promise<void> {
  if (findBrowser()) return
  if (!mayInstall())
    throw new Error(
      'The browser tests need Chromium: install it, or name it with CHROMIUM=/path/to/chromium.',
    )
  await install('chromium', 'fonts-noto-core')
}
