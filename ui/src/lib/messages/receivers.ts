/** To whom a person writes: to one, to all of a role, or to everybody. */
import { nameWord, type WordOf } from './words.ts'

export type Receiver =
  | { kind: 'all' }
  | { kind: 'one'; name: string }
  | { kind: 'role'; role: string }

export type Roles = ReadonlyMap<string, readonly string[]>

/** Names by role, both in the order of the plan. */
export function rolesOf(
  subtasks: readonly { id: string; agent_role?: string | undefined }[],
): Roles {
  const roles = new Map<string, string[]>()
  for (const { id, agent_role: role } of subtasks)
    if (role) roles.set(role, [...(roles.get(role) ?? []), id])
  return roles
}

const rolePrefix = 'role:'

export const toChoice = (receiver: Receiver): string =>
  receiver.kind === 'role'
    ? `${rolePrefix}${receiver.role}`
    : receiver.kind === 'one'
      ? receiver.name
      : ''

/** What is no part of the team is everybody. */
export function toReceiver(
  choice: string | undefined,
  { team, roles }: { team: readonly string[]; roles: Roles },
): Receiver {
  if (choice === undefined) return { kind: 'all' }
  if (team.includes(choice)) return { kind: 'one', name: choice }
  const role = choice.startsWith(rolePrefix) ? choice.slice(rolePrefix.length) : ''
  return roles.has(role) ? { kind: 'role', role } : { kind: 'all' }
}

export function receiverWord(receiver: Receiver, wordOf: WordOf = nameWord): string {
  if (receiver.kind === 'all') return 'everybody'
  return receiver.kind === 'one' ? wordOf(receiver.name) : `every ${receiver.role}`
}

export type Addressed = { id: string; to?: string }

/**
 * The messages that are sent: one to everybody or to one, one for each of a role. Under their key each keeps its id, so
 * that one that arrived is not told twice when the others are sent again.
 */
export function createAddressing(newId: () => string): {
  address(receiver: Receiver, content: string, roles: Roles): Addressed[]
  /** All of them were taken. */
  done(): void
} {
  const ids = new Map<string, string>()
  const idOf = (key: string): string => {
    const id = ids.get(key) ?? newId()
    ids.set(key, id)
    return id
  }
  return {
    address(receiver, content, roles) {
      if (receiver.kind === 'all') return [{ id: idOf(`all ${content}`) }]
      const names = receiver.kind === 'one' ? [receiver.name] : (roles.get(receiver.role) ?? [])
      return names.map((to) => ({ to, id: idOf(`to ${to} ${content}`) }))
    },
    done: () => ids.clear(),
  }
}
