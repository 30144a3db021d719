/** `klaudio credential ...`: what opens repositories. A value comes from stdin or a file and goes to the server, nowhere else. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { Credential, CredentialDeleted } from '#contract/credential.ts'
import type { SourceCheck } from '#contract/source.ts'
import type { Api } from './api.ts'
import { type Call, fileText, isSet, optionOf, print, wordOf } from './call.ts'
import { usage } from './failure.ts'
import { mayRemove, pickNamed } from './named.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable } from './table.ts'
import { shortId } from './words.ts'

const path = '/api/credentials'
const pathOf = ({ id }: Credential): string => `${path}/${encodeURIComponent(id)}`

export const readCredentials = async (api: Api): Promise<Credential[]> =>
  (await api.get<{ credentials: Credential[] }>(path)).credentials

export const findCredential = async (api: Api, typed: string): Promise<Credential> =>
  pickNamed(await readCredentials(api), typed, {
    ...{ noun: 'credential', nouns: 'credentials', code: 'credential.not-found' },
  })

export async function listCredentials(call: Call): Promise<number> {
  const credentials = await readCredentials(call.api)
  await print(call, { credentials }, () => {
    if (credentials.length === 0) return ['There are no credentials.']
    const rows = credentials.map((credential) => [
      shortId(credential.id),
      credential.name,
      credential.kind,
      [credential.username, credential.hint].filter(Boolean).join(' '),
      credential.used_by.map(({ name }) => name).join(', '),
    ])
    return renderTable(columns, rows, { width: call.terminal.columns, paint: call.paint })
  })
  return 0
}

const columns = [
  { title: 'ID' },
  { title: 'NAME', shrinksTo: 12 },
  { title: 'KIND' },
  { title: 'HINT', shrinksTo: 8 },
  { title: 'USED BY', shrinksTo: 12 },
] as const

export async function addCredential(call: Call): Promise<number> {
  const { api } = call
  const name = wordOf(call, 0)
  const old = (await readCredentials(api)).find((each) => each.name === name)
  const kind = optionOf(call, 'kind') ?? old?.kind ?? 'token'
  const username = optionOf(call, 'user')
  if (kind === 'login' && username === undefined && !old)
    throw usage('A login has a user name: give it with --user.')
  const value = (await fileText(call, optionOf(call, 'from') ?? '-')).trim()
  if (value === '') throw usage('There is no value: pipe it in, or name its file with --from.')
  const secret = kind === 'ssh-key' ? { private_key: `${value}\n` } : { token: value }
  const more = { ...secret, ...(username !== undefined && { username }) }
  const replaces = old && isSet(call, 'replace')
  const stored = replaces
    ? await api.send<Credential>('PUT', pathOf(old), more)
    : await api.send<Credential>('POST', path, { kind, name, ...more })
  await print(call, stored, () => [
    `${shortId(stored.id)}  ${toSafeLine(stored.name)}  ${replaces ? 'has a new value' : 'stored'}`,
  ])
  return 0
}

export async function testCredential(call: Call): Promise<number> {
  const { id } = await findCredential(call.api, wordOf(call, 0))
  const source = { kind: 'git', url: wordOf(call, 1) }
  const body = { source, credential_id: id }
  const found = await call.api.send<SourceCheck>('POST', '/api/source/check', body)
  await print(call, found, () => [describeSource(found)])
  return 0
}

/** What a repository that opened is like. */
export const describeSource = ({ branch, commit, branches }: SourceCheck): string =>
  branch === null
    ? 'It opens. There is no commit in it yet.'
    : `It opens: ${toSafeLine(branch)}${commit ? ` at ${commit.slice(0, 12)}` : ''}, ${branches.length === 1 ? '1 branch' : `${branches.length} branches`}.`

export async function removeCredential(call: Call): Promise<number> {
  const credential = await findCredential(call.api, wordOf(call, 0))
  const uses = credential.used_by.map(({ name }) => `"${toSafeLine(name)}"`).join(', ')
  const what = `the credential "${toSafeLine(credential.name)}"${uses ? `, used by ${uses}` : ''}`
  if (!(await mayRemove(call, what))) return exitCodes.stopped
  const answer = await call.api.send<CredentialDeleted>('DELETE', pathOf(credential))
  await print(call, answer, () => [
    `Removed: ${toSafeLine(credential.name)}`,
    ...answer.was_used_by.map(({ name }) => `  ${toSafeLine(name)} has none now`),
  ])
  return 0
}
