/** Whether what a forge sends by itself is from somebody who knows the secret. */
import { describe, expect, test } from 'bun:test'
import { forgeKinds } from '#contract/delivery.ts'
import { isSigned, kindOfSender } from '#forges/signatures.ts'
import { signed } from '../../support/forges/signed.ts'

const secret = 'a secret of the repository'
const body = new TextEncoder().encode('{"ref":"refs/heads/ä"}')
const headerIn = (headers: Record<string, string>) => (name: string) => headers[name]

describe.each(forgeKinds.map((kind) => [kind] as const))('%s', (kind) => {
  const headers = signed(kind, secret, body)
  const isGood = (sent: Record<string, string>, key = secret, what = body) =>
    isSigned(kind, { header: headerIn(sent), body: what }, key)

  test('is known by its signature', () => {
    expect(isGood(headers)).toBe(true)
    const told = kindOfSender(headerIn(headers))
    expect(told).toBe(kind === 'bitbucket' ? 'bitbucket-server' : kind)
  })

  test('is refused with another secret, with none, or without a signature', () => {
    expect(isGood(signed(kind, 'another secret', body))).toBe(false)
    expect(isGood(signed(kind, '', body), '')).toBe(false)
    expect(isGood({})).toBe(false)
    const cut = Object.entries(headers).map(([name, value]) => [name, value.slice(0, -1)])
    expect(isGood(Object.fromEntries(cut))).toBe(false)
  })

  test('is refused when a byte of the body is another, where the body is signed', () => {
    const other = new TextEncoder().encode('{"ref":"refs/heads/a"}')
    expect(isGood(headers, secret, other)).toBe(kind === 'gitlab')
  })
})

test('GitHub signs its own example as it says', () => {
  // "Testing the webhook payload validation" of its documentation.
  const header = headerIn({
    'x-hub-signature-256':
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  })
  const example = new TextEncoder().encode('Hello, World!')
  expect(isSigned('github', { header, body: example }, "It's a Secret to Everybody")).toBe(true)
})
