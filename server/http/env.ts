/** What Hono carries with a request. */
export type Env = {
  Bindings: RequestInfo
  Variables: {
    /** The client's `X-Request-ID` when it is harmless, else ours. Sent back, and in the log. */
    requestId: string
  }
}

/** What the listener knows beside the request. */
export type RequestInfo = { remoteAddress?: string }
