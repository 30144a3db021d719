/** The small parts behind the door: addresses, counters, cookies, files with a secret. */
import { describe, expect, test } from 'bun:test'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientAddress, isTrustedProxy, toCounted } from '#auth/address.ts'
import { createAdmission } from '#auth/admission.ts'
import { createAttempts } from '#auth/attempts.ts'
import { createSessionCookie } from '#auth/cookie.ts'
import { isEverywhere, isLoopbackHost } from '#auth/origin.ts'
import { readOrCreateOwnerToken, replaceOwnerToken } from '#auth/owner-token.ts'
import { hashSecret, newToken, readBearer, sameHash } from '#auth/token.ts'
import { readBytes } from '#http/body.ts'

describe('whose request it is', () => {
  test.each([
    ['the peer, when nobody is trusted', '10.0.0.9', '1.2.3.4', [], '10.0.0.9'],
    ['what a trusted proxy says', '10.0.0.9', '1.2.3.4', ['10.0.0.9'], '1.2.3.4'],
    [
      'the last that is not a trusted proxy',
      '10.0.0.9',
      '6.6.6.6, 1.2.3.4, 10.0.0.8',
      ['10.0.0.9', '10.0.0.8'],
      '1.2.3.4',
    ],
    ['the proxy, when it says nothing', '10.0.0.9', null, ['10.0.0.9'], '10.0.0.9'],
    ['IPv4 inside IPv6', '::ffff:10.0.0.9', '1.2.3.4', ['10.0.0.9'], '1.2.3.4'],
    ['with port and brackets', '::1', '[2001:db8::7]:4000', ['::1'], '2001:db8::7'],
  ] as const)('%s', (_, peer, header, trusted, expected) => {
    expect(clientAddress(peer, header, trusted)).toBe(expected)
  })

  test('only an address that is listed is a trusted proxy', () => {
    expect(isTrustedProxy('127.0.0.1', ['::ffff:127.0.0.1'])).toBe(true)
    expect(isTrustedProxy('127.0.0.2', ['127.0.0.1'])).toBe(false)
  })

  test('a whole /64 of IPv6 counts as one, an IPv4 address for itself', () => {
    expect(toCounted('2001:db8:0:1::7')).toBe(toCounted('2001:db8:0:1:ffff:0:0:1'))
    expect(toCounted('2001:db8:0:1::7')).not.toBe(toCounted('2001:db8:0:2::7'))
    expect(toCounted('10.0.0.1')).toBe('10.0.0.1')
  })
})

test('which addresses only this machine reaches, and which mean all of its own', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'LOCALHOST'])
    expect({ host, loopback: isLoopbackHost(host) }).toEqual({ host, loopback: true })
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    'myhost',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ])
    expect({ host, loopback: isLoopbackHost(host) }).toEqual({ host, loopback: false })
  for (const host of ['0.0.0.0', '::', '[::]', '']) expect(isEverywhere(host)).toBe(true)
  expect(isEverywhere('10.0.0.1')).toBe(false)
})

test('admission: as many as there is room for, in total and for one address, and leaving twice makes room once', () => {
  const { enter } = createAdmission({ total: 3, perAddress: 2 })
  const first = enter('a')
  expect([enter('a'), enter('b')].every(Boolean)).toBe(true)
  expect(enter('c')).toBeUndefined()
  first?.()
  first?.()
  expect(enter('a')).toBeDefined()
  expect(enter('a')).toBeUndefined()
})

test('attempts: memory is bounded however many addresses guess', () => {
  const attempts = createAttempts({ now: () => 0, total: Number.MAX_SAFE_INTEGER, perAddress: 1 })
  attempts.failed('1.1.1.1')
  for (let n = 0; n < 10_000; n++) attempts.failed(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
  // The oldest was forgotten to make room.
  expect(attempts.failed('1.1.1.1')).toBeUndefined()
  expect(attempts.failed('1.1.1.1')).toBe(60)
})

describe('the cookie', () => {
  const cookie = createSessionCookie('0f1e2d3c-rest')
  test('is read among others, and only under its own name', () => {
    expect(cookie.read('a=b; klaudio_0f1e2d3c=value; c=d')).toBe('value')
    for (const header of [
      null,
      '',
      'klaudio_0f1e2d3=value',
      'xklaudio_0f1e2d3c=value',
      'klaudio_0f1e2d3c',
    ])
      expect(cookie.read(header)).toBeUndefined()
  })

  test('is taken away under the name and path it was given', () => {
    expect(cookie.take({ secure: true })).toBe(
      'klaudio_0f1e2d3c=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure',
    )
  })
})

test('a bearer token is what stands behind the word, and a header that says something else is an empty one', () => {
  expect(readBearer(null)).toBeUndefined()
  expect(readBearer('Bearer abc')).toBe('abc')
  expect(readBearer('bearer  abc ')).toBe('abc')
  for (const header of ['', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b'])
    expect(readBearer(header)).toBe('')
})

test('hashes are compared whole, also when one is longer', () => {
  const hash = hashSecret('a')
  expect(sameHash(hash, hashSecret('a'))).toBe(true)
  expect(sameHash(hash, hashSecret('b'))).toBe(false)
  expect(sameHash(hash, `${hash}0`)).toBe(false)
})

describe("the owner's token", () => {
  const dir = () => mkdtempSync(join(tmpdir(), 'klaudio-owner-'))

  test('is made once, only its owner can read it, and nothing is left beside it', () => {
    const path = join(dir(), 'data', 'access-token')
    const made = readOrCreateOwnerToken(path)
    expect(made).toEqual({ token: expect.stringMatching(/^klaudio_[\w-]{43}$/), isNew: true })
    expect(readOrCreateOwnerToken(path)).toEqual({ token: made.token, isNew: false })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(path, '..'))).toEqual(['access-token'])
    const other = replaceOwnerToken(path)
    expect(other).not.toBe(made.token)
    expect(readFileSync(path, 'utf8')).toBe(`${other}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(path, '..'))).toEqual(['access-token'])
  })

  test('one of their own is used, and made theirs alone; a short one is refused and left as it is', () => {
    const path = join(dir(), 'access-token')
    const own = newToken()
    writeFileSync(path, own)
    chmodSync(path, 0o644)
    expect(readOrCreateOwnerToken(path)).toEqual({ token: own, isNew: false })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    writeFileSync(path, 'secret')
    expect(() => readOrCreateOwnerToken(path)).toThrow('at least 32')
    expect(readFileSync(path, 'utf8')).toBe('secret')
  })

  test('a link is not followed', () => {
    const folder = dir()
    writeFileSync(join(folder, 'elsewhere'), newToken())
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'access-token'))
    expect(() => readOrCreateOwnerToken(join(folder, 'access-token'))).toThrow('cannot be used')
  })
})

describe('a body', () => {
  const request = (body: ReadableStream) => new Request('http://h/', { method: 'POST', body })
  const trickle = (pieces: number) => {
    let left = pieces
    return new ReadableStream({
      async pull(controller) {
        if (left-- > 0) controller.enqueue(new Uint8Array([1]))
        else await new Promise<never>(() => {})
      },
    })
  }

  test('that comes too slowly is cut off, with what to do (slow loris)', async () => {
    const pace = { graceMs: 1, bytesPerSecond: 1_000_000 }
    const reading = readBytes(request(trickle(3)), 100, pace)
    await expect(reading).rejects.toMatchObject({ code: 'request.timeout' })
  })

  test('that is whole in time is read', async () => {
    const body = new Response('hello').body ?? trickle(0)
    expect(new TextDecoder().decode(await readBytes(request(body), 100))).toBe('hello')
  })
})
