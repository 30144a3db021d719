import type { MiddlewareHandler } from 'hono'
import type { Env } from './env.ts'

/**
 * What a page of ours may do: load its own files and talk to its own server, nothing else. Styles have to be allowed inline for one
 * reason: xterm.js writes its theme and sizes into style elements, and 24-bit colours into style attributes, and takes no nonce. CodeMirror
 * does without (constructed style sheets). No text of an agent or a person becomes markup, so there is nothing to smuggle a style in with.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Data is never a page: should a browser show it, it can do nothing. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

const headers: readonly [string, string][] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=()'],
]

/** The headers of an answer that is no page. */
export const dataHeaders: [string, string][] = [
  ...headers,
  ['Content-Security-Policy', dataPolicy],
  ['Cache-Control', 'private, no-cache'],
]

/** Sets the headers of every answer, errors included. No CORS: no other origin has business here. */
export const securityHeaders: MiddlewareHandler<Env> = async (c, next) => {
  await next()
  const { headers: target } = c.res
  for (const [name, value] of headers) target.set(name, value)
  const isPage = target.get('Content-Type')?.startsWith('text/html') ?? false
  target.set('Content-Security-Policy', isPage ? pagePolicy : dataPolicy)
  if (!target.has('Cache-Control')) target.set('Cache-Control', 'private, no-cache')
}
