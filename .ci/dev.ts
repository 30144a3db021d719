/** `npm run dev`: the server from source, restarted on change, and the UI with hot reload on port 5173. */
import { existsSync } from 'node:fs'
import { must } from './steps.ts'

if (!existsSync('dist/ui/index.html')) await must([process.execPath, 'build.ts'])
const options = { stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' } as const
const server = Bun.spawn(
  [
    process.execPath,
    '--watch',
    '--preload',
    './.ci/embedded-preload.ts',
    'server/main.ts',
    ...process.argv.slice(2),
  ],
  options,
)
const ui = Bun.spawn([process.execPath, '--bun', '../node_modules/vite/bin/vite.js'], {
  ...options,
  cwd: 'ui',
})
const stop = (): void => {
  server.kill()
  ui.kill()
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
await Promise.race([server.exited, ui.exited])
stop()
