import { describe, expect, test } from 'bun:test'
import { createOriginGuard, judgeRequest, type OriginRules } from '#auth/origin.ts'

const local: OriginRules = { bindHost: '127.0.0.1', port: () => 8080, allowedHosts: [] }
const lan: OriginRules = { ...local, bindHost: '192.168.1.20' }
const everywhere: OriginRules = { ...local, bindHost: '0.0.0.0' }
const proxied: OriginRules = { ...local, allowedHosts: ['klaudio.example.com', 'localhost:5173'] }

type Case = {
  name: string
  rules?: OriginRules
  method?: string
  path?: string
  headers: Record<string, string>
}

const verdict = ({ rules = local, method = 'GET', path = '/api/tasks', headers }: Case): boolean =>
  judgeRequest(rules, { method, path, headers: new Headers(headers) }).ok

const attacks: Case[] = [
  { name: 'a page whose name was rebound to loopback', headers: { host: 'evil.example:8080' } },
  {
    name: 'a rebound page that is same-origin with itself',
    headers: {
      host: 'evil.example:8080',
      origin: 'http://evil.example:8080',
      'sec-fetch-site': 'same-origin',
    },
  },
  { name: 'a name that begins like ours', headers: { host: 'localhost.evil.example:8080' } },
  { name: 'a name that holds our address', headers: { host: '127.0.0.1.nip.example:8080' } },
  { name: 'a name under localhost', headers: { host: 'evil.localhost:8080' } },
  { name: 'a host with a user in front', headers: { host: 'localhost@evil.example' } },
  { name: 'two hosts in one header', headers: { host: 'localhost:8080, evil.example' } },
  { name: 'a host with a path', headers: { host: 'localhost:8080/..' } },
  { name: 'no host at all', headers: {} },
  { name: 'a port that is none', headers: { host: 'localhost:99999' } },
  { name: 'a zone behind an IPv6 address', headers: { host: '[::1%25eth0]:8080' } },
  { name: 'the address that means everywhere', headers: { host: '0.0.0.0:8080' } },
  {
    name: 'the address that means everywhere, on a server that listens everywhere',
    rules: everywhere,
    headers: { host: '0.0.0.0:8080' },
  },
  { name: 'a LAN address on a loopback server', headers: { host: '192.168.1.20:8080' } },
  {
    name: 'a name that was not configured, on a server that listens everywhere',
    rules: everywhere,
    headers: { host: 'evil.example:8080' },
  },
  {
    name: 'a form post from another site',
    method: 'POST',
    headers: { host: 'localhost:8080', origin: 'https://evil.example' },
  },
  {
    name: 'a socket from another site',
    path: '/ws/tasks/1/stream',
    headers: {
      host: '127.0.0.1:8080',
      origin: 'http://evil.example',
      'sec-fetch-mode': 'websocket',
    },
  },
  {
    name: 'another program of this machine with a page on another port',
    method: 'POST',
    headers: {
      host: 'localhost:8080',
      origin: 'http://localhost:3000',
      'sec-fetch-site': 'same-site',
    },
  },
  {
    name: 'a sandboxed frame',
    method: 'POST',
    headers: { host: 'localhost:8080', origin: 'null' },
  },
  { name: 'a local file', method: 'POST', headers: { host: 'localhost:8080', origin: 'file://' } },
  {
    name: 'an extension that was not configured',
    method: 'POST',
    headers: { host: 'localhost:8080', origin: 'chrome-extension://abcdefgh' },
  },
  {
    name: 'an origin with our host as its user',
    headers: { host: 'localhost:8080', origin: 'http://localhost:8080@evil.example' },
  },
  {
    name: 'an origin that begins like ours',
    headers: { host: 'localhost:8080', origin: 'http://localhost:8080.evil.example' },
  },
  {
    name: 'localhost by name against the address',
    headers: { host: '127.0.0.1:8080', origin: 'http://localhost:8080' },
  },
  {
    name: 'an image of another site, which sends no origin',
    headers: {
      host: 'localhost:8080',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
    },
  },
  {
    name: 'a script of another port, which sends no origin',
    headers: { host: 'localhost:8080', 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
  },
  {
    name: 'a link to data',
    path: '/api/tasks',
    headers: {
      host: 'localhost:8080',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
  },
  {
    name: 'our page in a frame of another site',
    path: '/',
    headers: {
      host: 'localhost:8080',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
    },
  },
  {
    name: 'a form of another site that opens our page',
    path: '/',
    method: 'POST',
    headers: {
      host: 'localhost:8080',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
  },
  {
    name: 'a configured name on a port that is not its own',
    rules: proxied,
    headers: { host: '127.0.0.1:8080', origin: 'http://klaudio.example.com:9999' },
  },
  {
    name: 'a neighbour of the configured port',
    rules: proxied,
    headers: { host: 'localhost:8080', origin: 'http://localhost:5174' },
  },
]

const honest: Case[] = [
  { name: 'a program without a browser', method: 'POST', headers: { host: 'localhost:8080' } },
  { name: 'the address of loopback', headers: { host: '127.0.0.1:8080' } },
  { name: 'another address of loopback', headers: { host: '127.5.0.1:8080' } },
  { name: 'loopback in IPv6', headers: { host: '[::1]:8080' } },
  { name: 'loopback in IPv6 written out', headers: { host: '[0:0:0:0:0:0:0:1]:8080' } },
  { name: 'capitals and the root dot', headers: { host: 'LocalHost.:8080' } },
  { name: 'a forwarded port', headers: { host: 'localhost:9000' } },
  {
    name: 'our own page',
    method: 'POST',
    headers: {
      host: 'localhost:8080',
      origin: 'http://localhost:8080',
      'sec-fetch-site': 'same-origin',
    },
  },
  {
    name: 'our own page over a forwarded port',
    method: 'POST',
    headers: { host: 'localhost:9000', origin: 'http://localhost:9000' },
  },
  {
    name: 'our own page in IPv6',
    method: 'POST',
    headers: { host: '[::1]:8080', origin: 'http://[::1]:8080' },
  },
  {
    name: 'our own page on the usual port',
    method: 'POST',
    headers: { host: 'localhost', origin: 'http://localhost' },
  },
  {
    name: 'a typed address',
    path: '/',
    headers: { host: 'localhost:8080', 'sec-fetch-site': 'none' },
  },
  {
    name: 'a link from a mail to a page of ours',
    path: '/tasks/1',
    headers: {
      host: 'localhost:8080',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
  },
  { name: 'the address it listens on', rules: lan, headers: { host: '192.168.1.20:8080' } },
  {
    name: 'any address of the machine when it listens everywhere',
    rules: everywhere,
    headers: { host: '10.0.0.5:8080', origin: 'http://10.0.0.5:8080' },
  },
  {
    name: 'a configured name behind a TLS proxy that keeps Host',
    rules: proxied,
    method: 'POST',
    headers: { host: 'klaudio.example.com', origin: 'https://klaudio.example.com' },
  },
  {
    name: 'a configured name behind a proxy that rewrites Host',
    rules: proxied,
    method: 'POST',
    headers: { host: '127.0.0.1:8080', origin: 'https://klaudio.example.com' },
  },
  {
    name: 'a development server that was configured with its port',
    rules: proxied,
    method: 'POST',
    headers: { host: 'localhost:8080', origin: 'http://localhost:5173' },
  },
]

describe('refused', () => {
  test.each(attacks.map((each) => [each.name, each] as const))('%s', (_, each) => {
    expect(verdict(each)).toBe(false)
  })
})

describe('answered', () => {
  test.each(honest.map((each) => [each.name, each] as const))('%s', (_, each) => {
    expect(verdict(each)).toBe(true)
  })
})

test('the guard reads Host and Origin of a request, and says in a sentence what was wrong', () => {
  const guard = createOriginGuard(local)
  const ask = (headers: Record<string, string>) =>
    guard(new Request('http://localhost:8080/api/tasks', { headers }))

  expect(ask({ host: 'localhost:8080' })).toEqual({ ok: true })
  expect(ask({ host: 'evil.example' })).toEqual({
    ok: false,
    reason:
      'This server does not answer as "evil.example". Add the name to server.allowed_hosts if it should.',
  })
})

test('whatever is not listed is refused, whatever the Host looks like', () => {
  for (const host of ['', ' ', ':', '[', '[]', '[::1', 'a b', '%', '..', 'localhost:', '☃.example'])
    expect(
      judgeRequest(local, {
        method: 'GET',
        path: '/',
        headers: { get: (name) => (name === 'host' ? host : null) },
      }).ok,
    ).toBe(false)
})
