/**
 * Every page in both themes, on a desktop and on a phone: nothing axe objects to, no sideways scroll, nothing that jumps while it
 * loads, one ink button at most, no complaint in the console.
 */
import type { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page, type Request, test } from '@playwright/test'
import { violationsOf } from './axe.ts'
import { isPassing } from './passing.ts'
import { type Hold, type Stage, startStage } from './stage-client.ts'

const viewports = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
} as const
/** Smallest side of what a finger has to hit, in CSS pixels. */
const fingerPx = 44
/** Of the browser's own measure of what moved without anybody doing something; a line that gives way to another is 0.03. */
const maxShift = 0.02
/** Checks are shown one by one as they are known, and some take more lines than others. */
const maxShiftOf: Record<string, number> = { doctor: 0.1 }
/** Nothing on these is the one thing to do next: they are read, or ask, where no answer looks better than another. */
const withoutInk = [
  'inbox',
  'what was answered',
  'settings',
  'settings: appearance',
  'settings: notifications',
  'design',
]

let stage: Stage
let work: Hold
const paths: Record<string, string> = {
  home: '/',
  inbox: '/inbox',
  'what was answered': '/inbox?tab=answered',
  tasks: '/tasks',
  'tasks that match': '/tasks?q=note',
  'a new task': '/new',
  agents: '/agents',
  settings: '/settings',
  'settings: appearance': '/settings/appearance',
  'settings: notifications': '/settings/notifications',
  'settings: access': '/settings/access',
  'settings: teams': '/settings/teams',
  'a team': '/settings/teams?team=full-team',
  'settings: repositories': '/settings/repositories',
  'a repository': '/settings/repositories?repository=new',
  'settings: credentials': '/settings/credentials',
  doctor: '/doctor',
  design: '/design',
  'nothing there': '/no/such/page',
}

test.beforeAll(async () => {
  stage = await startStage()
  work = await stage.hold({ task: 'newsletter', agent: 'words', step: 1 })
  const [done, running, asking] = await Promise.all([
    create('Leave one quick note.', 'A quick note'),
    create('Make the newsletter.', 'The newsletter', { auto_approve: true }),
    create('Make another newsletter.', 'Another newsletter'),
  ])
  const [question] = await until(
    () => questionsOf(running),
    (found) => found.length > 0,
  )
  await call('POST', `/api/tasks/${running}/questions/${question.id}/answer`, { answer: 'Green' })
  await work.reached()
  await until(
    async () => (await call('GET', `/api/tasks/${done}`)).status,
    (status) => status === 'completed',
  )
  const agents: { id: string; subtask_id?: string }[] = await call(
    'GET',
    `/api/tasks/${running}/agents`,
  )
  const agent = agents.find((one) => one.subtask_id === 'words')?.id
  await call('POST', `/api/tasks/${running}/messages`, { from: 'user', content: 'Mind the gap.' })
  const { id: said } = await call('POST', `/api/tasks/${running}/messages`, {
    ...{ from: 'user', to: 'binding', content: 'Bind it with <b>thread</b>.' },
  })
  const { id: checkpoint } = await call('POST', `/api/tasks/${running}/checkpoints`, {})
  await until(
    async () => (await call('GET', `/api/tasks/${running}/checkpoints/${checkpoint}`)).status,
    (status) => status === 'ready',
  )
  const { repository, unready } = await failingSetup()
  const moment = `/tasks/${running}/checkpoints?checkpoint=${checkpoint}`
  Object.assign(paths, {
    'a repository with a setup': `/settings/repositories?repository=${repository}`,
    'a task whose setup failed': `/tasks/${unready}`,
    'a running task': `/tasks/${running}`,
    'its plan': `/tasks/${running}/plan`,
    'its agents': `/tasks/${running}/agents`,
    'what its team said': `/tasks/${running}/comms`,
    'what was said to one': `/tasks/${running}/comms?agent=binding&message=${said}`,
    'its files': `/tasks/${running}/files`,
    'its changes': `/tasks/${running}/changes`,
    'its timeline': `/tasks/${running}/timeline`,
    'its cost': `/tasks/${running}/cost`,
    'what a finished task cost': `/tasks/${done}/cost`,
    'an agent': `/tasks/${running}/agents/${agent}`,
    'its terminal': `/tasks/${running}/agents/${agent}?view=terminal`,
    'its raw output': `/tasks/${running}/agents/${agent}?view=raw`,
    'its checkpoints': `/tasks/${running}/checkpoints`,
    'a checkpoint': moment,
    'files of a checkpoint': `${moment}&view=files&of=save:${agent}`,
    'changes since a checkpoint': `${moment}&view=changes&of=save:${agent}&against=start`,
    'a conversation in a checkpoint': `${moment}&view=conversation&agent=${agent}`,
    'a task that asks': `/tasks/${asking}`,
    'a finished task': `/tasks/${done}`,
    'its changes at the end': `/tasks/${done}/changes`,
    'one of its files': `/tasks/${done}/files/workspace/NOTE.md`,
  })
})

/** A repository with variables, a secret and setup commands that fail, and a task that waits for what a person says to it. */
async function failingSetup(): Promise<{ repository: string; unready: string }> {
  const { url, token } = await stage.forge('github')
  const { id: repository } = await call('POST', '/api/repo-templates', {
    ...{ name: 'The guide', url, access_token: token, depth: 1 },
    setup_commands: ['echo preparing', 'exit 3'],
    environment: [
      { name: 'MODE', value: 'test' },
      { name: 'REGISTRY_TOKEN', value: 'a-secret-of-the-registry', is_secret: true },
    ],
  })
  const more = { repo_template_id: repository, auto_approve: true }
  const unready = await create('Leave one quick note.', 'A note for the guide', more)
  await until(
    async () => (await call('GET', `/api/tasks/${unready}`)).setup?.state,
    (state) => state === 'failed',
  )
  return { repository, unready }
}

test.afterAll(async () => {
  await work.open()
  await stage.close()
})

// So many pages take their time when the machine has other work.
test.describe.configure({ timeout: 900_000 })
// A trace of so many pages costs more than the pages.
test.use({ trace: 'off' })

for (const [device, viewport] of Object.entries(viewports)) {
  test(`every page is in order on a ${device}, in both themes`, async ({ page }) => {
    await page.setViewportSize(viewport)
    await page.addInitScript(watchShifts)
    const loading = watchLoading(page)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !isPassing(message.text())) complaints.push(message.text())
    })
    const problems: string[] = []
    for (const [name, path] of Object.entries(paths)) {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      await page.goto(stage.url + path)
      await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
      await loading.end()
      const found = await settle(page, withoutInk.includes(name))
      found.push(...(await axe(page, everything)))
      if (device === 'phone') found.push(...(await smallTargets(page)))
      // A phone has no keys to show.
      if (name === 'home' && device === 'desktop') found.push(...(await missingFaces(page)))
      await shoot(page, `${name}.${device}.light`)
      // The same page in other colours: only they can be wrong.
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
      found.push(...(await axe(page, onlyColours)))
      await shoot(page, `${name}.${device}.dark`)
      // Last, so that what moves late is seen too.
      found.push(...(await shifts(page, maxShiftOf[name] ?? maxShift)))
      found.push(...complaints.splice(0))
      problems.push(...found.map((problem) => `${name} (${path}): ${problem}`))
    }
    expect(problems).toEqual([])
  })
}

async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.SHOTS)
    await page.screenshot({ path: `${process.env.SHOTS}/${name.replaceAll(/[^\w.]+/g, '-')}.png` })
}

/** `end` resolves when everything that the page asked for is there, and two frames later it has asked for nothing more. */
function watchLoading(page: Page): { end(): Promise<void> } {
  const open = new Set<Request>()
  let asked = 0
  page.on('request', (request) => {
    open.add(request)
    asked += 1
  })
  const forget = (request: Request): void => void open.delete(request)
  page.on('requestfinished', forget)
  page.on('requestfailed', forget)
  const isQuiet = async (): Promise<boolean> => {
    const before = asked
    if (open.size > 0) return false
    await page.evaluate(twoFrames)
    return open.size === 0 && asked === before
  }
  return { end: () => expect.poll(isQuiet, { intervals: often }).toBe(true) }
}

const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'
const often = [10, 20, 50]

/** Waits until the page is as it should be, and returns what is still wrong after a time in which any machine has shown it all. */
async function settle(page: Page, isRead: boolean): Promise<string[]> {
  let problems: string[] = []
  const look = async (): Promise<number> => {
    problems = [...(await inspect(page)), ...(await wrongInk(page, isRead))]
    return problems.length
  }
  // What is wrong is told with all the rest.
  await expect
    .poll(look, { intervals: often })
    .toBe(0)
    .catch(() => {})
  return problems
}

async function inspect(page: Page): Promise<string[]> {
  const problems: string[] = []
  const headings = await page.getByRole('heading', { level: 1 }).count()
  if (headings !== 1) problems.push(`${headings} first headings`)
  if (!/Klaudio/.test(await page.title())) problems.push('the title does not name Klaudio')
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  if (overflow > 0) problems.push(`scrolls sideways by ${overflow} px`)
  if ((await page.locator('main [role=status][aria-busy=true]').count()) > 0)
    problems.push('is still loading')
  return problems
}

const everything = (builder: AxeBuilder): AxeBuilder =>
  builder.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
const onlyColours = (builder: AxeBuilder): AxeBuilder => builder.withRules(['color-contrast'])

async function axe(page: Page, choose: typeof everything): Promise<string[]> {
  const violations = await violationsOf(page, choose)
  return violations.map(
    ({ id, nodes }) => `axe ${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`,
  )
}

/** Notes what moves by itself, with the words that moved. */
const watchShifts = `
  window.shifts = []
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput)
        window.shifts.push([value, sources.map(({ node }) => (node?.textContent ?? '').trim().slice(0, 40)).join(' | ')])
  }).observe({ type: 'layout-shift', buffered: true })`

async function shifts(page: Page, most: number): Promise<string[]> {
  const seen = await page.evaluate<[number, string][]>('window.shifts')
  const sum = seen.reduce((total, [value]) => total + value, 0)
  return sum > most ? [`moves by ${sum.toFixed(3)}: ${seen.map(([, what]) => what)}`] : []
}

async function wrongInk(page: Page, isRead: boolean): Promise<string[]> {
  const names = await page.evaluate<string[]>(`
    [...document.querySelectorAll('.button-primary')]
      .filter((button) => !button.closest('[data-design]') && button.checkVisibility({ visibilityProperty: true }))
      .map((button) => button.textContent.trim())`)
  return names.length === (isRead ? 0 : 1) ? [] : [`${names.length} ink buttons: ${names}`]
}

/** Words and code are drawn with the faces of the bundle, whatever the machine has. */
async function missingFaces(page: Page): Promise<string[]> {
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  const session = await page.context().newCDPSession(page)
  await session.send('DOM.enable')
  await session.send('CSS.enable')
  const { root } = await session.send('DOM.getDocument')
  const wrong: string[] = []
  for (const [selector, face] of [
    ['h1', 'IBM Plex Sans'],
    ['kbd.key', 'JetBrains Mono'],
  ] as const) {
    const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector })
    const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId })
    if (!fonts.some((font) => font.isCustomFont && font.familyName.startsWith(face)))
      wrong.push(
        `${selector} is drawn in ${fonts.map(({ familyName }) => familyName)}, not ${face}`,
      )
  }
  await session.detach()
  return wrong
}

/** Links inside running text are as high as their line, as everywhere. */
async function smallTargets(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const wanted = 'a[href], button, select, textarea, input:not([type=hidden]), summary, [role=tab], [role=option], [role=switch], [role=menuitem]'
    return [...document.querySelectorAll(wanted)].flatMap((element) => {
      const box = (element.closest('label') ?? element).getBoundingClientRect()
      const style = getComputedStyle(element)
      const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && box.width > 1 && box.height > 1
      const isInText = style.display === 'inline' && element.closest('p, li, dd, td, .prose') !== null
      const isStretched = getComputedStyle(element, '::after').position === 'absolute'
      const isForeign = element.closest('.cm-editor, .xterm, [data-sample], [data-equivalent]') !== null
      if (!isShown || isInText || isStretched || isForeign || Math.min(box.width, box.height) >= ${fingerPx} - 0.5) return []
      const name = (element.getAttribute('aria-label') ?? element.textContent ?? element.tagName).trim().slice(0, 40)
      return [\`a target of \${Math.round(box.width)} x \${Math.round(box.height)} px: \${name}\`]
    })
  })()`)
}

// biome-ignore lint/suspicious/noExplicitAny: answers of the API, whose shapes the API suite checks.
type Answer = any

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(stage.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return await response.json()
}

async function create(prompt: string, name: string, more: object = {}): Promise<string> {
  const task = await call('POST', '/api/tasks', {
    prompt,
    name,
    auto_start: true,
    auto_approve: name === 'A quick note',
    ...more,
  })
  return task.id
}

async function questionsOf(task: string): Promise<Answer[]> {
  return (await call('GET', `/api/tasks/${task}/questions`)).questions
}

async function until<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  let value = await ask()
  const again = async (): Promise<boolean> => {
    value = await ask()
    return isSo(value)
  }
  if (!isSo(value)) await expect.poll(again, { timeout: 240_000 }).toBe(true)
  return value
}
