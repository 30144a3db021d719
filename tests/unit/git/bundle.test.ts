import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatBundleHead, parseBundle } from '#git/bundle.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const commit = 'a'.repeat(40)
const since = 'b'.repeat(40)

test('a head that we write is one that we read', () => {
  const head = formatBundleHead({ commit, since, branch: 'klaudio/x' })

  expect(parseBundle(head)).toEqual({
    ok: true,
    head: {
      prerequisites: [since],
      refs: [{ commit, name: 'refs/heads/klaudio/x' }],
      packOffset: head.length,
    },
  })
})

test('version 3 is read for its object format, and a filtered bundle is refused', () => {
  const oid = 'c'.repeat(64)
  const head = (line: string) =>
    parseBundle(encode(`# v3 git bundle\n${line}\n${oid} HEAD\n\nPACK`))

  expect(head('@object-format=sha256')).toMatchObject({
    ok: true,
    head: { refs: [{ commit: oid }] },
  })
  expect(head('@filter=blob:none')).toEqual({ ok: false, reason: 'it leaves out objects' })
})

test.each([
  ['nothing', ''],
  ['another file', 'PK\x03\x04\n\n'],
  ['an unknown version', `# v4 git bundle\n${commit} HEAD\n\n`],
  ['a head without an end', `# v2 git bundle\n${commit} HEAD\n`],
  ['an id that is none', '# v2 git bundle\n--upload-pack=x HEAD\n\n'],
  ['an id that is too short', '# v2 git bundle\nabc HEAD\n\n'],
  ['a head that never ends', `# v2 git bundle\n${`-${since} \n`.repeat(5000)}${commit} HEAD\n\n`],
])('%s is no bundle', (_, text) => {
  expect(parseBundle(encode(text)).ok).toBe(false)
})

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      expect(parseBundle(noise).ok).toBe(false)
      parseBundle(new Uint8Array([...encode('# v2 git bundle\n'), ...noise]))
    }),
  )
})
