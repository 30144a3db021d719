/** What the doctor found, put in order, and as a text that can be shown to others. */
import type { Check } from '#contract/system.ts'

/** The checks in the order the doctor makes them, to hold their places while it looks. */
export const checkTitles: readonly { id: string; title: string }[] = [
  { id: 'engine', title: 'Docker engine' },
  { id: 'image', title: 'Agent image' },
  { id: 'cli', title: 'Claude Code CLI' },
  { id: 'credentials', title: 'Claude credentials' },
  { id: 'git', title: 'git' },
  { id: 'data-dir', title: 'Data directory' },
  { id: 'disk', title: 'Free disk' },
  { id: 'port', title: 'Port' },
]

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
