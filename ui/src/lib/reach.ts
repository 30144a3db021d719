import { patiently } from './patient.ts'
import { newUuid } from './uuid.ts'

/** Keys of writes that got no answer, by what was asked: when a person tries again, it is still the same request. */
const unanswered = new Map<string, string>()
const mostUnanswered = 50

/**
 * `fetch` of this server that tries again when no answer comes. A write carries a key by which the server does it once
 * however often it arrives. Rejects when there is no answer at all.
 */
export async function reach(path: string, init: RequestInit): Promise<Response> {
  const { method = 'GET', body } = init
  if (method === 'GET') return await patiently(() => fetch(path, init), init.signal)
  const request = `${method} ${path} ${typeof body === 'string' ? body : ''}`
  const key = unanswered.get(request) ?? newUuid()
  const headers = new Headers(init.headers)
  headers.set('Idempotency-Key', key)
  try {
    const response = await patiently(() => fetch(path, { ...init, headers }), init.signal)
    unanswered.delete(request)
    return response
  } catch (error) {
    unanswered.set(request, key)
    const [oldest] = unanswered.keys()
    if (unanswered.size > mostUnanswered && oldest !== undefined) unanswered.delete(oldest)
    throw error
  }
}
