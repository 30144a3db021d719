import { type SetWebhook, secretPrefix, WebhookState } from '#contract/outgoing-webhook.ts'
import { ask } from './api.ts'
import { createCache } from './cache.ts'

const all = 'all'
const path = '/api/outgoing-webhook'

/** Where the installation tells of what happens, with its last deliveries. */
export const webhook = createCache<WebhookState>(() => ask(WebhookState, path))

const renewed = (): Promise<void> => webhook.refresh(all)

/** Rejects with the server's sentence, as do the rest. */
export const setWebhook = async (body: SetWebhook): Promise<void> => {
  await ask(WebhookState, path, { method: 'PUT', body })
  await renewed()
}
export const removeWebhook = async (): Promise<void> => {
  await ask(WebhookState, path, { method: 'DELETE' })
  await renewed()
}
export const testWebhook = async (): Promise<void> => {
  await ask(WebhookState, `${path}/test`, { method: 'POST' })
  await renewed()
}

/** A new one of 32 random bytes. */
export const makeSecret = (): string =>
  secretPrefix + btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
