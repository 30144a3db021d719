import type { Identity } from '#auth/access.ts'

/** What Hono carries with a request. */
export type Env = {
  Bindings: RequestInfo
  Variables: {
    /** The client's `X-Request-ID` when it is harmless, else ours. Sent back, and in the log. */
    requestId: string
    /** Who asks; absent when nobody we know. */
    identity: Identity | undefined
  }
}

/** What the listener knows beside the request. */
export type RequestInfo = {
  /** The client's, as far as trusted proxies say. */
  remoteAddress?: string
  /** A trusted proxy says that the browser used https. */
  isHttps?: boolean
}
