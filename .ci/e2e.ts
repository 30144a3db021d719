/** `npm run e2e`: builds the binary and drives it in a real browser. Arguments go to Playwright. */
import { ensureBrowser, ensureEngine, findBrowser } from './setup.ts'
import { must, run } from './steps.ts'

await must([process.execPath, 'build.ts'])
await ensureEngine()
await ensureBrowser()
process.exit(
  await run(
    [
      'node',
      'node_modules/@playwright/test/cli.js',
      'test',
      '-c',
      'tests/e2e',
      ...process.argv.slice(2),
    ],
    {
      CHROMIUM: findBrowser() ?? '',
    },
  ),
)
