/** The way in, as a person meets it: the built binary on every address of the machine, a real browser, and the printed link. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'

const binary = join(import.meta.dirname, '../../dist/klaudio')

let server: ChildProcess
let dir: string
let link: string
let url: string
let printed = ''

test.beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'klaudio-access-'))
  server = spawn(binary, ['--port', '0', '--host', '0.0.0.0'], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
  })
  server.stderr?.on('data', (chunk) => {
    printed += chunk
  })
  link = await new Promise<string>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${printed}`)))
    server.stdout?.on('data', (chunk) => {
      printed += chunk
      const found = /^ *(http:\S+#token=\S+)$/m.exec(printed)?.[1]
      if (found) resolve(found)
    })
  })
  url = new URL(link).origin
})

test.afterAll(async () => {
  server.removeAllListeners('exit')
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true, force: true })
})

/** Without flags: the command finds the server by its data directory. */
const token = (...words: string[]): string =>
  execFileSync(binary, ['token', ...words], { cwd: dir, encoding: 'utf8' }).trim()

/** A program's socket. */
function openSocket(headers: Record<string, string>): Promise<{ closed: Promise<unknown> }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/ws/live`, {
      headers: {
        ...headers,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    })
    asked.on('upgrade', (_, socket) => {
      socket.resume()
      resolve({ closed: new Promise((done) => socket.once('end', done)) })
    })
    asked.on('response', ({ statusCode }) => reject(new Error(`refused with ${statusCode}`)))
    asked.end()
  })
}

/** Refusals, which the page meets on purpose, and that plain http to another machine is no secure context. */
const expected = /40[01]|429|WebSocket|ERR_NETWORK_CHANGED|Cross-Origin-Opener-Policy/

function watchErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !expected.test(text)) errors.push(text)
  })
  return errors
}

const field = (page: Page) => page.getByLabel('Token', { exact: true })
const heading = (page: Page) => page.getByRole('heading', { name: 'Sign in', exact: true })

test('a browser that knows nothing is asked for a token, and stays where it wanted to go', async ({
  page,
}) => {
  const errors = watchErrors(page)
  await page.goto(`${url}/settings/access`)
  await expect(heading(page)).toBeVisible()
  await expect(field(page)).toBeFocused()
  await page.keyboard.press('Escape')
  await field(page).fill('klaudio_wrong')
  await page.keyboard.press('Enter')
  await expect(page.getByText('This token is not known here')).toBeVisible()
  await field(page).fill(link)
  await page.keyboard.press('Enter')
  await expect(heading(page)).toBeHidden()
  await expect(page).toHaveURL(`${url}/settings/access`)
  await expect(page.getByText('this browser')).toBeVisible()
  expect(errors).toEqual([])
})

test('the printed link signs in once for all, and its token is in no address, log or storage', async ({
  page,
  context,
}) => {
  const secret = link.split('#token=')[1] ?? ''
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url(), JSON.stringify(request.headers())))
  await page.goto(link.replace('/#', '/tasks#'))
  await expect(page).toHaveURL(`${url}/tasks`)
  await expect(page.getByRole('heading', { name: 'Tasks', exact: true })).toBeVisible()
  const [cookie] = await context.cookies()
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/', secure: false })
  const seen = await page.evaluate<string>('document.cookie + JSON.stringify(localStorage)')
  expect(seen).not.toContain(secret)
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Tasks', exact: true })).toBeVisible()
  expect(asked.join('\n').replaceAll(`token=${secret}`, '')).not.toContain(secret)
  // Once on stdout, as the link; never in the log.
  expect(printed.split(secret)).toHaveLength(2)
})

test('a token is made in settings, works for a program, and its socket closes when it is revoked', async ({
  page,
}) => {
  await page.goto(link.replace('/#', '/settings/access#'))
  await page.getByLabel('Name of a new token').fill('CI')
  await page.getByRole('button', { name: 'Create token' }).click()
  const secret = (await page.locator('code', { hasText: /^klaudio_/ }).textContent()) ?? ''
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(secret)).toBeHidden()
  const headers = { authorization: `Bearer ${secret}` }
  expect((await fetch(`${url}/api/tasks`, { headers })).status).toBe(200)
  const socket = await openSocket(headers)
  await page.getByRole('button', { name: 'Revoke CI' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Revoke CI' })).toBeHidden()
  expect((await fetch(`${url}/api/tasks`, { headers })).status).toBe(401)
  await socket.closed
})

test('a revoked browser is told at once, keeps its draft, and goes on after signing in', async ({
  page,
}) => {
  await page.goto(link.replace('/#', '/new#'))
  const prompt = page.getByRole('textbox').first()
  await prompt.fill('A long description that must not get lost')
  token('link', '--new')
  await expect(heading(page)).toBeVisible()
  await expect(page.getByText('What you were writing is still here')).toBeVisible()
  link = token('link')
  await field(page).fill(link)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(heading(page)).toBeHidden()
  await expect(prompt).toHaveValue('A long description that must not get lost')
  await expect(page).toHaveURL(`${url}/new`)
})
