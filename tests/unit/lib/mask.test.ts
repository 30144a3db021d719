import { expect, test } from 'bun:test'
import { maskSecrets } from '#lib/mask.ts'

test('known values go, also line by line, and short ones stay', () => {
  const known = ['hunter22-token', 'line one!\nline two!', 'no', '']
  expect(maskSecrets('a hunter22-token, line two! and no', known)).toBe('a ***, *** and no')
})

test.each([
  ['ghp_0123456789abcdefghijABCDEFGHIJ012345', '***'],
  ['github_pat_11ABCDEFG0123456789_abcdefghij', '***'],
  ['glpat-0123456789abcdefghij', '***'],
  ['sk-ant-api03-0123456789abcdefghij', '***'],
  ['xoxb-0123456789-abcdef', '***'],
  ['AKIAIOSFODNN7EXAMPLE', '***'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
  ['https://me:pass@host/x', 'https://me:***@host/x'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '***'],
])('what looks like a token goes: %s', (text, shown) => {
  expect(maskSecrets(`with ${text} in it`, [])).toBe(`with ${shown} in it`)
})

test.each([
  'src/sk-a.ts:3',
  'commit 0123456789abcdef0123456789abcdef01234567',
  'task-runner-of-everything',
])('what does not stays: %s', (text) => {
  expect(maskSecrets(text, [])).toBe(text)
})
