/** A team in a few words. */
import type { TeamMode, TeamRole, TeamSnapshot } from '#contract/team.ts'

export const modeNames: Record<TeamMode, string> = {
  sequential: 'One at a time',
  parallel: 'In parallel',
  collaborative: 'With a manager',
}

export const modeHints: Record<TeamMode, string> = {
  sequential: 'In the order of the dependencies',
  parallel: 'Whatever is ready, as far as slots allow',
  collaborative: 'A manager directs and accepts the work',
}

/** "One at a time, up to 2 at once, reviewed". */
export function describeTeam({
  mode,
  max_agents: most,
  review,
}: Pick<TeamSnapshot, 'mode' | 'max_agents' | 'review'>): string {
  return [
    modeNames[mode],
    ...(mode === 'sequential' ? [] : [`up to ${most} at once`]),
    ...(review ? ['reviewed'] : []),
  ].join(', ')
}

/** "developer ×3, reviewer last". */
export const describeRoles = (roles: readonly TeamRole[]): string =>
  roles.length === 0 ? 'Any role' : roles.map(describeRole).join(', ')

const describeRole = ({ name, max_instances: most, run_last: isLast }: TeamRole): string =>
  `${name}${most > 1 ? ` ×${most}` : ''}${isLast ? ' last' : ''}`
