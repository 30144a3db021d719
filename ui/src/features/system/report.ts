/** What the doctor found, put in order, and as a text that can be shown to others. */
import type { Check, EngineResource } from '#contract/system.ts'
import { plural } from '../../lib/text.ts'

const rank: Record<Check['state'], number> = { fail: 0, warn: 1, ok: 2, skip: 3 }

/** What fails first, else as the doctor looked. */
export const sortChecks = (checks: readonly Check[]): Check[] =>
  [...checks].sort((a, b) => rank[a.state] - rank[b.state])

/** "2 things don't work. What fails comes first." */
export function summariseChecks(checks: readonly Check[]): string {
  const count = (state: Check['state']): number =>
    checks.filter((check) => check.state === state).length
  const failed = count('fail')
  if (failed > 0) return `${failed === 1 ? "One thing doesn't" : `${failed} things don't`} work.`
  if (count('warn') > 0) return 'Everything works. Something is worth a look.'
  return 'Everything works.'
}

/** The first command in the advice, which stands there in quotes; undefined where there is none. */
export function findCommand(fix: string): string | undefined {
  return [...fix.matchAll(/"([^"]+)"/g)]
    .map(([, text = '']) => text)
    .find((text) => / /.test(text) && /^[a-z][\w./-]* /.test(text))
}

/** For a bug report: nothing that is somebody's name or secret. */
export function toReport(checks: readonly Check[], about: { version: string; at: Date }): string {
  const lines = checks.map(
    ({ state, title, detail, fix }) =>
      `[${state}] ${title}: ${detail}${fix && state !== 'ok' ? `\n       ${fix}` : ''}`,
  )
  return redact([`Klaudio ${about.version}, ${about.at.toISOString()}`, ...lines].join('\n'))
}

/** Without home directories, addresses with a login in them, and whatever looks like a key or a token. */
export function redact(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s'"@]*@/gi, '$1***@')
    .replace(/(\/home\/|\/Users\/|[A-Z]:\\Users\\)[^/\\\s"':,;)]+/g, '~')
    .replace(/\/root(?=[/\s"':,;)]|$)/g, '~')
    .replace(/\b(sk-|gh[pousr]_|glpat-|kla_)[\w-]{6,}/g, '$1***')
    .replace(/\b[\w.+-]+@[\w-]+\.[\w.]+\b/g, '***@***')
}

const ownerRank: Record<EngineResource['owner'], number> = {
  orphan: 0,
  agent: 1,
  helper: 2,
  standby: 3,
}

/** What is nobody's first; then what belongs together, each container before its volumes. */
export const sortResources = (resources: readonly EngineResource[]): EngineResource[] =>
  [...resources].sort(
    (a, b) =>
      ownerRank[a.owner] - ownerRank[b.owner] ||
      (a.task_name ?? '').localeCompare(b.task_name ?? '') ||
      (a.agent_id ?? '').localeCompare(b.agent_id ?? '') ||
      (a.kind === b.kind ? 0 : a.kind === 'container' ? -1 : 1) ||
      a.name.localeCompare(b.name),
  )

/** "2 containers, 4 volumes". */
export function countKinds(resources: readonly EngineResource[]): string {
  const containers = resources.filter(({ kind }) => kind === 'container').length
  return [plural(containers, 'container'), plural(resources.length - containers, 'volume')].join(
    ', ',
  )
}
