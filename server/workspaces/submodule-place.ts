/** Where a submodule is fetched from, as git has it: an address of its own, or one that starts from that of the repository it is in. */
import { isAbsolute, resolve } from 'node:path'
import { invalid, parseRemote, type Remote } from './source.ts'

export type Place = { kind: 'git'; remote: Remote } | { kind: 'local'; path: string }

/**
 * `parent` is where the repository that names it came from. What is on this machine can only be named from there, and never leads
 * out of it when the parent is remote. Throws `source.invalid`.
 */
export function placeOf(url: string, parent: Place): Place {
  const isRelative = /^\.\.?\//.test(url)
  if (parent.kind === 'local' && isRelative) {
    if (url.includes('\0')) throw invalid('Its address cannot be a path.')
    return { kind: 'local', path: resolve(parent.path, url) }
  }
  if (isAbsolute(url)) throw invalid('Its address is a path of the machine that it was made on.')
  if (!isRelative || parent.kind === 'local') return { kind: 'git', remote: parseRemote(url, {}) }
  return { kind: 'git', remote: parseRemote(fromParent(url, parent.remote.url), {}) }
}

/** A login is for one place: the same way of asking, at the same host and port. */
export const isSameHost = (one: Place, other: Place): boolean =>
  one.kind === 'git' &&
  other.kind === 'git' &&
  one.remote.protocol === other.remote.protocol &&
  one.remote.host === other.remote.host

function fromParent(url: string, parent: string): string {
  if (URL.canParse(parent) && /^[a-z][a-z0-9+.-]*:\/\//i.test(parent)) {
    const base = new URL(parent)
    base.search = ''
    base.pathname = `${base.pathname.replace(/\/+$/, '')}/`
    return new URL(url, base).href
  }
  const [, host = '', path = ''] = /^([^:]*(?:\[[^\]]*\])?:)(.*)$/.exec(parent) ?? []
  const parts = path.replace(/\/+$/, '').split('/')
  for (const part of url.split('/')) {
    if (part === '.' || part === '') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) throw invalid('Its address leads out of its host.')
  }
  return `${host}${parts.join('/')}`
}
