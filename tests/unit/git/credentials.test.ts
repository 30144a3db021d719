import { expect, test } from 'bun:test'
import { credentialConfig, redact } from '#git/credentials.ts'

const userOf = (url: string): string => {
  const [[, value = ''] = []] = credentialConfig(url, 'tok')
  return atob(value.replace('Authorization: Basic ', '')).replace(/:tok$/, '')
}

test('each forge gets the user name it expects beside the token', () => {
  expect(userOf('https://github.com/a/b')).toBe('x-access-token')
  expect(userOf('https://github.acme.example/a/b')).toBe('x-access-token')
  expect(userOf('https://bitbucket.org/a/b')).toBe('x-token-auth')
  expect(userOf('https://gitlab.com/a/b')).toBe('oauth2')
  expect(userOf('https://notgithub.example/a/b')).toBe('oauth2')
})

test('the header is for one origin alone and no redirect is followed with it', () => {
  expect(credentialConfig('https://git.example:8443/a/b.git?x=1', 'tok')).toEqual([
    [
      'http.https://git.example:8443/.extraHeader',
      expect.stringContaining('Authorization: Basic '),
    ],
    ['http.followRedirects', 'false'],
  ])
  expect(credentialConfig('https://git.example/a', undefined)).toEqual([])
})

test('what git prints is shown without secrets', () => {
  const text =
    "fatal: unable to access 'https://me:pw@git.example/x/': Authorization: Basic abc= tok"

  expect(redact(text, 'tok')).toBe(
    "fatal: unable to access 'https://git.example/x/': Authorization: Basic *** ***",
  )
})
