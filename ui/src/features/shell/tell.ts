/** Notifications of what needs a person, one for each new thing, while nobody looks at the page. */
import { createEffect, onCleanup } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { listAttention } from '../../data/attention.ts'
import { notificationState, showNotification } from '../../data/notifications.ts'
import { all, store } from '../../data/store.ts'
import { titleOf } from '../../lib/attention-title.ts'
import { createNews } from '../../lib/news.ts'

/** So many that begin together are told one by one, more in one word. */
const mostAtOnce = 3

/** For the life of the owner. `open` goes to an address of ours. */
export function tellOfNews(open: (path: string) => void): void {
  const news = createNews<AttentionItem>()
  const shown = new Map<string, () => void>()
  const tell = (tag: string, title: string, body: string, path: string): void => {
    shown.set(tag, showNotification({ tag, title, body, onOpen: () => open(path) }))
  }
  createEffect(() => {
    if (store.attention.get(all).value === undefined) return
    const items = listAttention()
    const isOn = notificationState() === 'on'
    takeBackAll(shown, new Set(items.map(({ id }) => id)))
    const fresh = news.take(items)
    if (!isOn || !document.hidden) return
    if (fresh.length > mostAtOnce)
      tell('many', `${fresh.length} things need you`, namesOf(fresh), '/inbox')
    else for (const item of fresh) tell(item.id, titleOf(item), item.task.name, `/inbox/${item.id}`)
  })
  const look = (): void => {
    if (!document.hidden) takeBackAll(shown, new Set())
  }
  document.addEventListener('visibilitychange', look)
  onCleanup(() => {
    document.removeEventListener('visibilitychange', look)
    takeBackAll(shown, new Set())
  })
}

/** Whoever looks at the page, or answered elsewhere, needs it no more. */
function takeBackAll(shown: Map<string, () => void>, but: ReadonlySet<string>): void {
  for (const [tag, close] of shown) {
    if (but.has(tag) || (tag === 'many' && but.size > 0)) continue
    close()
    shown.delete(tag)
  }
}

const namesOf = (items: readonly AttentionItem[]): string =>
  [...new Set(items.map(({ task }) => task.name))].join(', ')
