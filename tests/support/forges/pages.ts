import type { ApiReply, ApiRequest, ForgeState } from './world.ts'

/** One page and a `Link` header, as GitHub, GitLab and Gitea have them; `size` is the name of the parameter. */
export function linked<T>(
  { maxPage }: ForgeState,
  { query, url }: ApiRequest,
  { items, size }: { items: readonly T[]; size: string },
): ApiReply {
  const limit = Math.min(maxPage, Number(query.get(size) ?? 20))
  const page = Number(query.get('page') ?? 1)
  const body = items.slice((page - 1) * limit, page * limit)
  if (page * limit >= items.length) return { status: 200, body }
  const next = new URL(url)
  next.searchParams.set('page', String(page + 1))
  const last = new URL(url)
  last.searchParams.set('page', String(Math.ceil(items.length / limit)))
  return {
    status: 200,
    body,
    headers: { Link: `<${next.href}>; rel="next", <${last.href}>; rel="last"` },
  }
}

export const at = (number: number): string =>
  new Date(Date.UTC(2026, 0, 1, 0, number)).toISOString()
