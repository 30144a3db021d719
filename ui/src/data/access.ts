/** Signing in and out, and who else may come in. */
import * as v from 'valibot'
import { AccessState, AccessToken, CreatedToken, Session } from '#contract/access.ts'
import { ask, toApiError } from './api.ts'
import { createCache } from './cache.ts'
import { tellSignedIn, tellSignedOut } from './signed-out.ts'

const Anything = v.unknown()
const all = 'all'

/** What the server said of this browser last. */
export const accessState = createCache<AccessState>(async () => {
  const state = await ask(AccessState, '/api/access')
  if (state.signed_in) tellSignedIn()
  else tellSignedOut()
  return state
})

export const sessions = createCache<Session[]>(
  async () => (await ask(v.object({ sessions: v.array(Session) }), '/api/sessions')).sessions,
)

export const tokens = createCache<AccessToken[]>(
  async () => (await ask(v.object({ tokens: v.array(AccessToken) }), '/api/tokens')).tokens,
)

/** Never fails: a server that does not answer says nothing about who is signed in. */
export const checkAccess = (): Promise<void> => accessState.refresh(all)

/** Rejects with the server's sentence. */
export async function signIn(token: string): Promise<void> {
  accessState.put(all, await ask(AccessState, '/api/login', { method: 'POST', body: { token } }))
  tellSignedIn()
}

export async function signOut(): Promise<void> {
  accessState.put(all, await ask(AccessState, '/api/logout', { method: 'POST' }))
  tellSignedOut()
}

export async function endSession(id: string): Promise<void> {
  await ask(Anything, `/api/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
  await sessions.refresh(all)
}

/** The one answer that holds the token's value. */
export async function createToken(name: string): Promise<CreatedToken> {
  const created = await ask(CreatedToken, '/api/tokens', { method: 'POST', body: { name } })
  await tokens.refresh(all)
  return created
}

export async function revokeToken(id: string): Promise<void> {
  await ask(Anything, `/api/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' })
  await Promise.all([tokens.refresh(all), sessions.refresh(all)])
}

/**
 * Uses the token of a link (`#token=...`) and takes it out of the address first, so that it is neither seen nor kept as a bookmark.
 * Returns the sentence when it does not do, empty when all is well.
 */
export async function signInByLink(): Promise<string> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return ''
  history.replaceState(history.state, '', location.pathname + location.search)
  try {
    await signIn(token)
    return ''
  } catch (error) {
    const cause = toApiError(error)
    if (cause.status !== 0) tellSignedOut()
    return cause.message
  }
}
