/** The API's own description: for programs as OpenAPI, for people as a page. Made once, when first asked for. */
import { Hono } from 'hono'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { OpenApi } from './openapi.ts'
import { toPage } from './openapi-page.ts'

/** Below `/api`. `make` is called once, after everything is mounted. */
export function descriptionRoutes(make: () => OpenApi) {
  let description: OpenApi | undefined
  let page: string | undefined
  const get = (): OpenApi => {
    description ??= make()
    return description
  }
  return new Hono<Env>()
    .get(
      '/openapi.json',
      answers('This description, as OpenAPI 3.1.', { media: 'application/json' }),
      cached(),
      (c) => c.json(get()),
    )
    .get(
      '/docs',
      answers('This description, as a page to read.', { media: 'text/html' }),
      cached(),
      (c) => {
        page ??= toPage(get())
        return c.html(page, 200, { 'Content-Type': 'text/html; charset=utf-8' })
      },
    )
}
