/** Text that was written elsewhere, without what opens things. */

const stars = '***'
/** Shorter values stand in a text by chance. */
const shortest = 6

/**
 * Words in the shape that their issuers document: tokens of GitHub, GitLab, Anthropic, Slack and AWS, JSON web tokens, what stands behind
 * `Authorization`, private keys, and passwords in addresses.
 */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/g, stars],
  [/\bgl[a-z]{2,8}-[\w-]{20,}/g, stars],
  [/\bsk-[\w-]{20,}/g, stars],
  [/\bxox[abeoprs]-[\w-]{10,}/g, stars],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, stars],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, stars],
  [/\b(authorization\s*[:=]\s*["']?(?:basic|bearer|token)\s+)[^\s"']+/gi, `$1${stars}`],
  [/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${stars}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, stars],
]

/** `known` are values, each of them also in parts where it has several lines. */
export function maskSecrets(text: string, known: readonly string[]): string {
  const values = known
    .flatMap((value) => [value, ...value.split('\n')])
    .map((value) => value.trim())
    .filter((value) => value.length >= shortest)
    .toSorted((a, b) => b.length - a.length)
  const without = values.reduce((rest, value) => rest.replaceAll(value, stars), text)
  return shapes.reduce((rest, [shape, instead]) => rest.replaceAll(shape, instead), without)
}
