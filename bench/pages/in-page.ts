/** What `probe.ts` puts into every page it measures, as a script: it may import nothing. Checked with the interface, which has a DOM. */

const answered = Promise.withResolvers<number>()

/** When the key was answered; fails after `ms`. */
const within = (ms: number): Promise<number> =>
  Promise.race([
    answered.promise,
    new Promise<never>((_, reject) =>
      setTimeout(() => reject(new Error(`no answer to a key within ${ms} ms`)), ms),
    ),
  ])

/** As soon as the content is drawn it presses Ctrl K and waits for the palette. */
function watchFirstAnswer(content: string): void {
  let isPressed = false
  const drawn = (then: () => void): void => {
    requestAnimationFrame(() => setTimeout(then))
  }
  const press = (): void => {
    document.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'k', code: 'KeyK', ctrlKey: true, bubbles: true }),
    )
  }
  const observer = new MutationObserver(() => {
    if (!isPressed && document.querySelector(content)) {
      isPressed = true
      drawn(press)
    }
    const palette = document.querySelector<HTMLDialogElement>('dialog[open]')
    if (!isPressed || !palette) return
    observer.disconnect()
    drawn(() => {
      answered.resolve(performance.now())
      palette.close()
    })
  })
  observer.observe(document, { childList: true, subtree: true, attributes: true })
}

function readTimes(interactiveMs: number): {
  paintMs: number
  interactiveMs: number
  nodes: number
  transferKb: number
  requests: number
} {
  const resources = [
    ...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource'),
  ] as PerformanceResourceTiming[]
  return {
    paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    interactiveMs,
    nodes: document.querySelectorAll('*').length,
    transferKb: resources.reduce((sum, { transferSize }) => sum + transferSize, 0) / 1000,
    requests: resources.length,
  }
}

/** The part that scrolls furthest, from where it stands to its end and back to its beginning. */
async function scrollThrough(): Promise<{ longTasks: number; longestFrameMs: number }> {
  const frames = 60
  const tasks: number[] = []
  const observer = new PerformanceObserver((list) => {
    tasks.push(...list.getEntries().map(({ duration }) => duration))
  })
  observer.observe({ type: 'longtask' })
  const height = (each: Element): number => each.scrollHeight - each.clientHeight
  const scroller = [...document.querySelectorAll('main *')]
    .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflowY))
    .sort((a, b) => height(b) - height(a))[0]
  const frame = (): Promise<number> => new Promise(requestAnimationFrame)
  let longest = 0
  let last = await frame()
  const step = async (top: number): Promise<void> => {
    if (scroller) scroller.scrollTop = top
    const now = await frame()
    longest = Math.max(longest, now - last)
    last = now
  }
  const end = scroller ? height(scroller) : 0
  const by = Math.min(end / frames, 400)
  for (let at = 0; at < frames; at++) await step(at * by)
  await step(end)
  for (let at = 0; at < frames; at++) await step(end - at * by)
  await step(0)
  // Reported after the frame they were in.
  await new Promise((resolve) => setTimeout(resolve, 100))
  tasks.push(...observer.takeRecords().map(({ duration }) => duration))
  return { longTasks: tasks.length, longestFrameMs: longest }
}

Object.assign(globalThis, {
  bench: { within, watchFirstAnswer, readTimes, scrollThrough },
})
