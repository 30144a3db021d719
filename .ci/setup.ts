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

export async function ensureBrowser(): Promise<void> {
  if (findBrowser()) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(
      'The browser tests need Chromium: install it, or name it with CHROMIUM=/path/to/chromium.',
    )
  await must(['apt-get', 'update', '-q'])
  await must(
    ['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-noto-core'],
    {
      DEBIAN_FRONTEND: 'noninteractive',
    },
  )
}
