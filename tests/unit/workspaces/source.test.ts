import { describe, expect, test } from 'bun:test'
import { GitError } from '#git/process.ts'
import { explainRemoteFailure, parseLocalPath, parseRef, parseRemote } from '#workspaces/source.ts'

const accepted: [address: string, url: string, protocol: string][] = [
  ['https://github.com/vercel/next.js.git', 'https://github.com/vercel/next.js.git', 'https'],
  [' https://gitlab.example:8443/a/b ', 'https://gitlab.example:8443/a/b', 'https'],
  ['http://127.0.0.1:3000/a.git', 'http://127.0.0.1:3000/a.git', 'http'],
  ['HTTPS://GitHub.com/a/b', 'https://github.com/a/b', 'https'],
  ['ssh://git@host.example:2222/a/b.git', 'ssh://git@host.example:2222/a/b.git', 'ssh'],
  ['git@github.com:owner/name.git', 'git@github.com:owner/name.git', 'ssh'],
  ['host.example:name.git', 'host.example:name.git', 'ssh'],
  ['git@[2001:db8::1]:owner/name.git', 'git@[2001:db8::1]:owner/name.git', 'ssh'],
]

test.each(accepted)('%p is a remote', (address, url, protocol) => {
  expect(parseRemote(address, { hasToken: false })).toMatchObject({ url, protocol })
})

const refused: [address: string, sentence: RegExp][] = [
  ['ext::sh -c touch% /tmp/x', /ext: are not allowed/],
  ['ext::https://github.com/a/b', /ext: are not allowed/],
  ['fd::17', /fd: are not allowed/],
  ['file:///etc', /local source/],
  ['git://github.com/a/b.git', /git: are not allowed/],
  ['ftp://github.com/a/b.git', /not allowed/],
  ['javascript://x/y', /not allowed/],
  ['/srv/git/a.git', /Give a repository address/],
  ['./a.git', /Give a repository address/],
  ['../a', /Give a repository address/],
  ['C:\\repos\\a', /Give a repository address/],
  ['C:/repos/a', /Give a repository address/],
  ['', /Give a repository address/],
  ['--upload-pack=touch /tmp/x', /Give a repository address/],
  ['-oProxyCommand=touch:x', /Give a repository address/],
  ['git@-oProxyCommand=touch:x', /Give a repository address/],
  ['-u@host:x', /Give a repository address/],
  ['host:-x', /Give a repository address/],
  ['ssh://-oProxyCommand=touch/x', /Give a repository address/],
  ['ssh://-oProxyCommand=x@host/x', /Give a repository address/],
  ['https://github.com/a\nb', /Give a repository address/],
  ['https://github.com/a\0b', /Give a repository address/],
  ['https://github.com', /names a host but no repository/],
  ['https://user:hunter2@github.com/a/b', /access token/],
  ['https://ghp_hunter2@github.com/a/b', /access token/],
  ['ssh://git:hunter2@github.com/a/b', /access token/],
]

describe('refused with what to do', () => {
  test.each(refused)('%p', (address, sentence) => {
    const attempt = () => parseRemote(address, { hasToken: false })
    expect(attempt).toThrow(sentence)
    expect(attempt).toThrow(expect.objectContaining({ code: 'source.invalid' }))
    expect(attempt).not.toThrow(/hunter2/)
  })
})

test('a token goes over https or to this machine, and never over ssh or plain http', () => {
  const withToken = (address: string) => () => parseRemote(address, { hasToken: true })

  expect(withToken('https://github.com/a/b')().url).toBe('https://github.com/a/b')
  expect(withToken('http://localhost:3000/a')().url).toBe('http://localhost:3000/a')
  expect(withToken('http://git.example/a')).toThrow(/only over https/)
  expect(withToken('http://127.0.0.1.evil.example/a')).toThrow(/only over https/)
  expect(withToken('git@github.com:a/b')).toThrow(/only with an https address/)
})

test.each(['main', 'feature/x-1', 'v1.2.3', 'release@2', 'a'.repeat(40), 'dependabot/npm/#12'])(
  'a ref may be called %p',
  (ref) => {
    expect(parseRef(ref)).toBe(ref)
  },
)

test.each([
  '-x',
  '--upload-pack=x',
  'a..b',
  'a b',
  'a:b',
  'a^{}',
  'a~1',
  '@{-1}',
  'a@{1}',
  'a.lock',
  'a/',
  'a\n',
  '',
  '*',
  '+main',
])('a ref may not be called %p', (ref) => {
  expect(() => parseRef(ref)).toThrow(/cannot be the name/)
})

test('a local path is absolute and whole', () => {
  expect(parseLocalPath('/srv/a b')).toBe('/srv/a b')
  for (const path of ['a', './a', '~/a', '-x', '', 'file:///a', '/a\0b'])
    expect(() => parseLocalPath(path)).toThrow(/absolute path/)
})

const failures: [said: string, sentence: RegExp][] = [
  ["fatal: unable to access 'x': Could not resolve host: git.example", /git.example is unknown/],
  ["fatal: unable to access 'x': Could not resolve proxy: proxy.example", /HTTPS_PROXY/],
  ['fatal: Received HTTP code 407 from proxy after CONNECT', /HTTPS_PROXY/],
  ["fatal: Authentication failed for 'x'", /refused the access token/],
  [
    "fatal: unable to access 'x': The requested URL returned error: 403",
    /refused the access token/,
  ],
  ["fatal: unable to access 'x': The requested URL returned error: 503", /try again later/],
  ["fatal: unable to access 'x': The requested URL returned error: 429", /try again later/],
  ["fatal: repository 'x' not found", /no repository at/],
  ["fatal: unable to access 'x': SSL certificate problem: certificate has expired", /renew it/],
  [
    "fatal: unable to access 'x': SSL: no alternative certificate subject name matches target host name 'git.example'",
    /is for another name/,
  ],
  [
    "fatal: unable to access 'x': SSL certificate problem: unable to get local issuer certificate",
    /not trusted by this machine/,
  ],
  [
    "fatal: unable to access 'x': Failed to connect to git.example port 443",
    /could not be reached/,
  ],
  ["fatal: unable to access 'x': Connection timed out after 300000 ms", /took too long/],
  ['it took longer than 1800 s', /took too long/],
  ["fatal: unable to access 'x': Operation too slow. Less than 1000 bytes/sec", /took too long/],
]
test.each(failures)('"%s" is told with what to do', (said, sentence) => {
  const remote = parseRemote('https://git.example/a/b', {})
  expect(explainRemoteFailure(new GitError('fetch', 128, said), remote, true).message).toMatch(
    sentence,
  )
})
