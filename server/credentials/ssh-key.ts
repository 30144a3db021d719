/** What can be told of a private key without a secret. OpenSSH's form has its public half in the open (PROTOCOL.key). */
import { createHash } from 'node:crypto'
import { AppError } from '#contract/errors.ts'

const magic = 'openssh-key-v1\0'

/** Its type and fingerprint, as `ssh-keygen -l` prints it. Throws `request.invalid` for one that needs a passphrase. */
export function describeKey(text: string): string {
  if (/^(Proc-Type: 4,ENCRYPTED|-----BEGIN ENCRYPTED)/m.test(text)) throw locked()
  if (!text.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----')) return 'PEM'
  const bytes = Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64')
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) throw unreadable()
  const read = createReader(bytes.subarray(magic.length))
  const cipher = read.text()
  read.text()
  read.text()
  read.number()
  if (cipher.toString() !== 'none') throw locked()
  const publicKey = read.text()
  const type = createReader(publicKey).text().toString()
  const hash = createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')
  return `${type} SHA256:${hash}`
}

function createReader(bytes: Buffer) {
  let at = 0
  const number = (): number => {
    if (at + 4 > bytes.length) throw unreadable()
    at += 4
    return bytes.readUInt32BE(at - 4)
  }
  return {
    number,
    text(): Buffer {
      const length = number()
      if (at + length > bytes.length) throw unreadable()
      at += length
      return bytes.subarray(at - length, at)
    },
  }
}

const locked = (): AppError =>
  new AppError(
    'request.invalid',
    'This key needs a passphrase, and nobody is there to type it. Make a key without one for Klaudio.',
  )

const unreadable = (): AppError =>
  new AppError('request.invalid', 'This is not a whole private key. Paste the file as it is.')
