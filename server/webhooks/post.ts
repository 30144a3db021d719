import { toMessage } from '#contract/errors.ts'

/** What came of one attempt. `status` is absent when nothing was answered. */
export type Posted = { isTaken: boolean; status?: number; error?: string }

type Post = {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  timeoutMs: number
  signal: AbortSignal
}

/** Sends once. Redirects are not followed: only the address that was given gets what is signed. Never throws but for `signal`. */
export async function post({ url, headers, body, timeoutMs, signal }: Post): Promise<Posted> {
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'Klaudio', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit]),
    })
    const { status } = response
    await response.body?.cancel()
    if (status >= 200 && status < 300) return { isTaken: true, status }
    return { isTaken: false, status, error: explain(response) }
  } catch (error) {
    signal.throwIfAborted()
    if (limit.aborted)
      return { isTaken: false, error: `No answer within ${timeoutMs / 1000} seconds.` }
    return { isTaken: false, error: `Could not be reached: ${toMessage(error).slice(0, 300)}` }
  }
}

function explain({ status }: Response): string {
  if (status >= 300 && status < 400)
    return `Answered ${status}, which leads elsewhere. Redirects are not followed: set the final address.`
  if (status === 410) return 'Answered 410: the receiver wants nothing more. It is not tried again.'
  return `Answered ${status}.`
}
