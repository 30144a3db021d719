import { expect, test } from 'bun:test'
import { toAttachment } from '#http/disposition.ts'

test.each([
  ['plain.txt', 'plain.txt', 'plain.txt'],
  ['two words.txt', 'two words.txt', 'two%20words.txt'],
  ['größe.txt', 'gr__e.txt', 'gr%C3%B6%C3%9Fe.txt'],
  ['a"b\\c.txt', 'a_b_c.txt', 'a%22b_c.txt'],
  ['../../etc/passwd', '.._.._etc_passwd', '.._.._etc_passwd'],
  ['a\r\nSet-Cookie: x', 'a__Set-Cookie: x', 'a__Set-Cookie%3A%20x'],
  ["it's (1)*.txt", "it's (1)*.txt", 'it%27s%20%281%29%2A.txt'],
  ['100%.txt', '100_.txt', '100%25.txt'],
  ['', 'download', 'download'],
])('%j becomes a harmless header', (name, ascii, extended) => {
  expect(toAttachment(name)).toBe(`attachment; filename="${ascii}"; filename*=UTF-8''${extended}`)
})

test('half a character does not break the header', () => {
  expect(() => new Headers({ 'Content-Disposition': toAttachment('a\ud800b') })).not.toThrow()
})
