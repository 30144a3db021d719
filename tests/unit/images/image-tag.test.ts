import { describe, expect, test } from 'bun:test'
import { type ImageInputs, toImageTag } from '#images/image-tag.ts'

const file = (path: string, text: string, mode = 0o644): ImageInputs['files'][number] => ({
  path,
  content: Buffer.from(text),
  mode,
})

const inputs: ImageInputs = {
  imageName: 'klaudio-agent',
  files: [file('Dockerfile', 'FROM x'), file('gate', '#!/usr/bin/perl', 0o755)],
  baseImage: '',
  packages: ['jq', 'vim'],
  caBundle: new Uint8Array(),
  cliVersion: '1.2.3',
  arch: 'amd64',
}

describe('the tag of the agent image', () => {
  test('is the name and twelve hex digits', () => {
    expect(toImageTag(inputs)).toMatch(/^klaudio-agent:[0-9a-f]{12}$/)
  })

  test('does not depend on the order of files and packages', () => {
    const turned = {
      ...inputs,
      files: inputs.files.toReversed(),
      packages: ['vim', 'jq', 'jq'],
    }
    expect(toImageTag(turned)).toBe(toImageTag(inputs))
  })

  const changes: [string, Partial<ImageInputs>][] = [
    [
      'a byte of a file',
      { files: [file('Dockerfile', 'FROM y'), file('gate', '#!/usr/bin/perl', 0o755)] },
    ],
    ['a mode', { files: [file('Dockerfile', 'FROM x'), file('gate', '#!/usr/bin/perl')] }],
    [
      'the name of a file',
      { files: [file('Dockerfile', 'FROM x'), file('gat', '#!/usr/bin/perl', 0o755)] },
    ],
    ['a new file', { files: [...inputs.files, file('more', '')] }],
    ['the base image', { baseImage: 'debian:12' }],
    ['a package', { packages: ['jq'] }],
    ['the certificate bundle', { caBundle: Buffer.from('x') }],
    ['the version of the CLI', { cliVersion: '1.2.4' }],
    ['the architecture', { arch: 'arm64' }],
  ]
  test.each(changes)('changes with %s', (_what, change) => {
    expect(toImageTag({ ...inputs, ...change })).not.toBe(toImageTag(inputs))
  })
})
