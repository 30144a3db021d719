/** What a careful person would ask about a result, held against what its agent says to it. */
import type { ResolutionRemark } from '#contract/resolution.ts'
import type { Resolved } from '#workspaces/resolution.ts'

type Found = Pick<Extract<Resolved, { kind: 'resolved' }>, 'outside' | 'oneSided'>

/** `unsaid` is what the agent has yet to correct or to give reasons for; undefined when there is nothing. */
export function toRemarks(
  { outside, oneSided }: Found,
  report: string,
): { remarks: ResolutionRemark[]; unsaid: string | undefined } {
  const asked = [
    ...oneSided.map(({ path, side: kind }) => ({ path, kind })),
    ...outside.map((path) => ({ path, kind: 'outside' as const })),
  ].map((one) => ({ ...one, why: reasonFor(report, one.path) }))
  const unsaid = asked.filter(({ why }) => why === '')
  return {
    remarks: asked.filter(({ why }) => why !== ''),
    unsaid: unsaid.length === 0 ? undefined : toSentences(unsaid),
  }
}

/** The rest of a line of the report that begins with the path, as a list or as code or neither. */
function reasonFor(report: string, path: string): string {
  for (const line of report.split('\n')) {
    const text = line
      .trim()
      .replace(/^[-*]\s+/, '')
      .replaceAll(/[`*]/g, '')
    const plain = path.replaceAll(/[`*]/g, '')
    if (text.startsWith(`${plain}:`)) return text.slice(plain.length + 1).trim()
  }
  return ''
}

const nouns = {
  ours: 'has only our lines where both sides changed them',
  theirs: 'has only their lines where both sides changed them',
  outside: 'was not in conflict, and is changed',
} as const

const toSentences = (
  unsaid: readonly Pick<ResolutionRemark, 'path' | 'kind'>[],
): string => `${unsaid.map(({ path, kind }) => `${path} ${nouns[kind]}.`).join('\n')}
The report does not say why. What should not be so is to be corrected; for each of the others \`report_done\` needs a line \`PATH: why\` in its summary.`
