/** Whether this browser tells of what needs a person while its page is not looked at: asked for by a person, kept here. */
import { createSignal } from 'solid-js'
import { load, save } from '../lib/storage.ts'

/** `refused` by the person or the browser; `missing` where there are none, such as on a page that came over plain HTTP from another machine. */
export type NotificationState = 'on' | 'off' | 'refused' | 'missing'

const [wanted, setWanted] = createSignal(load('notifications') === 'on')
const [permission, setPermission] = createSignal(readPermission())

function readPermission(): NotificationPermission | undefined {
  return 'Notification' in globalThis && globalThis.isSecureContext
    ? Notification.permission
    : undefined
}

/** Reactive. */
export function notificationState(): NotificationState {
  const given = permission()
  if (given === undefined) return 'missing'
  if (given === 'denied') return 'refused'
  return wanted() && given === 'granted' ? 'on' : 'off'
}

/** Asks the browser's permission, which only works behind a press. */
export async function turnOnNotifications(): Promise<void> {
  if (readPermission() === undefined) return
  const answer = await Notification.requestPermission()
  setPermission(answer)
  if (answer === 'granted') choose(true)
}

export const turnOffNotifications = (): void => choose(false)

function choose(next: boolean): void {
  setWanted(next)
  save('notifications', next ? 'on' : '')
}

type Words = { tag: string; title: string; body: string; onOpen: () => void }

/** Returns the way to take it back. One of the same tag takes the place of the last, also of another tab's. */
export function showNotification({ tag, title, body, onOpen }: Words): () => void {
  try {
    const shown = new Notification(title, { tag: `klaudio-${tag}`, body })
    shown.onclick = () => {
      globalThis.focus()
      onOpen()
      shown.close()
    }
    return () => shown.close()
  } catch {
    // Browsers of phones have the word, and let only installed pages use it.
    setPermission(undefined)
    return () => undefined
  }
}
