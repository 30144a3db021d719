import { type Check, doctorChecks } from '#contract/system.ts'

export type DoctorCommand = {
  fix: boolean
  /** Do not ask before fixing. */
  yes: boolean
  json: boolean
  /** Runs all checks; tells each as soon as it is known. */
  check: (onCheck?: (check: Check) => void) => Promise<Check[]>
  /**
   * What `doctor --fix` would do here, as sentences; empty when there is nothing it could do. Absent where fixing is
   * not possible at all.
   */
  plan?: (checks: readonly Check[]) => Promise<string[]>
  /** Does what `plan` said, reporting progress line by line. Rejects with a sentence when a step fails. */
  repair?: (print: (line: string) => void) => Promise<void>
  /** Asks on the terminal; false when there is nobody to ask. */
  confirm: (question: string) => Promise<boolean>
  /** Writes one line to stdout. */
  print: (line: string) => void
  /** Colours: only on a terminal. */
  colours: boolean
}

/** Prints the checks as they come, fixes what it may, checks again. Returns the exit code: 0 when nothing needed is missing. */
export async function runDoctor(options: DoctorCommand): Promise<number> {
  const { json, print, colours } = options
  const show = (check: Check): void => renderCheck(check, colours).forEach(print)
  const look = (): Promise<Check[]> => options.check(json ? undefined : show)
  const first = await look()
  const checks =
    options.fix && !isSpotless(first) ? await fixAndCheck(first, { ...options, look }) : first
  if (json) print(JSON.stringify({ healthy: isHealthy(checks), checks }, null, 2))
  else for (const line of ['', summary(checks)]) print(line)
  return isHealthy(checks) ? 0 : 1
}

/** A warning is worth a line, only a failure is an obstacle. */
function isHealthy(checks: readonly Check[]): boolean {
  return checks.every((check) => check.state !== 'fail')
}

/** Nothing to improve; remarks can be, too, such as an agent image that is not built yet. */
function isSpotless(checks: readonly Check[]): boolean {
  return checks.every((check) => check.state === 'ok' || check.state === 'skip')
}

async function fixAndCheck(
  checks: Check[],
  options: DoctorCommand & { look: () => Promise<Check[]> },
): Promise<Check[]> {
  const say = options.json ? () => {} : options.print
  const steps = (await options.plan?.(checks)) ?? []
  if (steps.length === 0 || !options.repair) {
    if (!isHealthy(checks))
      say('Nothing here can be fixed automatically; each line above says what to do.')
    return checks
  }
  say('')
  say('To fix this, Klaudio would:')
  for (const step of steps) say(`  - ${step}`)
  if (!options.yes && !(await options.confirm('Go ahead?'))) {
    say('Nothing was changed.')
    return checks
  }
  await options.repair(say)
  say('')
  return await options.look()
}

const glyphs = { ok: '✓', warn: '!', fail: '✗', skip: '-' } as const satisfies Record<
  Check['state'],
  string
>
/** SGR colour codes. */
const colourCodes = { ok: 32, warn: 33, fail: 31, skip: 90 } as const satisfies Record<
  Check['state'],
  number
>

const titleWidth = Math.max(...doctorChecks.map(({ title }) => title.length))

/** One line, and below it what to do. */
export function renderCheck({ state, title, detail, fix }: Check, colours: boolean): string[] {
  const glyph = colours ? `\u001b[${colourCodes[state]}m${glyphs[state]}\u001b[0m` : glyphs[state]
  const head = `${glyph} ${title.padEnd(titleWidth)}  ${detail}`.trimEnd()
  const advice = state !== 'ok' && fix ? fix.split('\n').map((line) => `    ${line}`) : []
  return [head, ...advice]
}

function summary(checks: readonly Check[]): string {
  const count = (state: Check['state']): number =>
    checks.filter((check) => check.state === state).length
  const failed = count('fail')
  if (failed > 0) return `${failed} of ${checks.length} checks failed.`
  const warned = count('warn')
  if (warned > 0)
    return `Klaudio can run; ${warned} ${warned === 1 ? 'check has' : 'checks have'} a remark.`
  return 'Everything Klaudio needs is there.'
}
