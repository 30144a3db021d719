/** What is allowed in a plan but may cost work. Pure, so the browser uses the same code. */
import type { PlanDraft, PlanWarning, SubtaskSpec } from './plan.ts'
import type { RunMode } from './task.ts'
import type { TeamSnapshot } from './team.ts'
import { findRole } from './team-rules.ts'

type Spec = Pick<SubtaskSpec, 'id' | 'depends_on' | 'files_involved' | 'agent_role'>

/** As many as a person reads. */
const most = 20

/** `./src/a.ts` and `src/a.ts` are one file, `src/` and `src` one folder. */
export const toFilePath = (path: string): string =>
  path
    .trim()
    .replace(/^(\.?\/)+/, '')
    .replace(/\/+$/, '')

/**
 * Subtasks that name the same file, or a file and a folder it is in, and that nothing keeps from being worked on at the same time: no
 * dependency, no order of the run, no rule of the team. At most 20, each with all subtasks that name the same files.
 */
export function planWarnings(
  { strategy, subtasks }: { strategy: PlanDraft['strategy']; subtasks: readonly Spec[] },
  { mode, team }: { mode: RunMode; team: TeamSnapshot | null },
): PlanWarning[] {
  const isInTurn = strategy === 'sequential' && team?.mode !== 'collaborative'
  if (mode === 'sequential' || isInTurn || team?.max_agents === 1) return []
  const mayMeet = createMeeting(subtasks, team)
  const warnings: PlanWarning[] = []
  for (const { users, files } of filesByUsers(subtasks)) {
    const meeting = users.filter((one) => users.some((other) => mayMeet(one, other)))
    if (meeting.length < 2) continue
    const ids = meeting.map(({ id }) => id)
    warnings.push({ subtasks: ids, files, message: toSentence(ids, files) })
    if (warnings.length === most) break
  }
  return warnings
}

/** Files that several subtasks name, together where these are the same subtasks. */
function filesByUsers(subtasks: readonly Spec[]): { users: Spec[]; files: string[] }[] {
  const byPath = new Map<string, Set<Spec>>()
  for (const subtask of subtasks)
    for (const path of subtask.files_involved.map(toFilePath).filter((each) => each !== ''))
      byPath.set(path, (byPath.get(path) ?? new Set<Spec>()).add(subtask))
  const groups = new Map<string, { users: Spec[]; files: string[] }>()
  for (const path of byPath.keys()) {
    const named = new Set(withFolders(path).flatMap((each) => [...(byPath.get(each) ?? [])]))
    if (named.size < 2) continue
    const users = subtasks.filter((subtask) => named.has(subtask))
    const key = users.map(({ id }) => id).join(' ')
    groups.set(key, { users, files: [...(groups.get(key)?.files ?? []), path] })
  }
  return [...groups.values()]
}

/** `a/b/c` is in `a/b` and in `a`. */
function withFolders(path: string): string[] {
  const names = path.split('/')
  return names.map((_, at) => names.slice(0, at + 1).join('/'))
}

function createMeeting(
  subtasks: readonly Spec[],
  team: TeamSnapshot | null,
): (one: Spec, other: Spec) => boolean {
  const before = new Map(subtasks.map((subtask) => [subtask.id, allBefore(subtasks, subtask)]))
  const pathsOf = new Map(
    subtasks.map(({ id, files_involved }) => [id, new Set(files_involved.map(toFilePath))]),
  )
  const isKeptApart = (one: Spec, other: Spec): boolean => {
    if (!team) return false
    const [role, another] = [findRole(team, one.agent_role), findRole(team, other.agent_role)]
    if ((role?.run_last === true) !== (another?.run_last === true)) return true
    if (role?.max_instances === 1 && role === another) return true
    const paths = pathsOf.get(one.id)
    return (
      team.serialize_conflicts === true &&
      other.files_involved.some((path) => paths?.has(toFilePath(path)))
    )
  }
  return (one, other) =>
    one.id !== other.id &&
    before.get(one.id)?.has(other.id) !== true &&
    before.get(other.id)?.has(one.id) !== true &&
    !isKeptApart(one, other)
}

/** Ids of everything it waits for, directly or through others. */
function allBefore(subtasks: readonly Spec[], { depends_on }: Spec): Set<string> {
  const byId = new Map(subtasks.map((each) => [each.id, each.depends_on]))
  const found = new Set(depends_on)
  for (const id of found) for (const next of byId.get(id) ?? []) found.add(next)
  return found
}

function toSentence(ids: readonly string[], files: readonly string[]): string {
  const names = ids.map((id) => `"${id}"`)
  const shown = files.slice(0, 3).join(', ')
  const what = files.length > 3 ? `${shown} and ${files.length - 3} more` : shown
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} may run at the same time and name ${what}: what they change may conflict. Let one depend on the other, or give the work on it to one of them.`
}
