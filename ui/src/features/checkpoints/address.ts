/** What of a checkpoint is shown, as the address says it: `?checkpoint=<id>&view=changes&of=save:<agent>&against=start&file=…`. */
import { useSearchParams } from '@solidjs/router'
import type { KeptAgainst, KeptPart } from '#contract/checkpoint-contents.ts'

export const views = ['plan', 'files', 'changes', 'conversation'] as const
export type View = (typeof views)[number]

export const viewNames: Record<View, string> = {
  plan: 'Plan',
  files: 'Files',
  changes: 'Changes',
  conversation: 'Conversation',
}

type Query = {
  checkpoint?: string
  view?: string
  of?: string
  against?: string
  agent?: string
  session?: string
  file?: string
  line?: string
  at?: string
}

export type Address = {
  checkpoint: () => string | undefined
  view: () => View
  of: () => KeptPart
  against: () => KeptAgainst
  /** Whose conversation is shown. */
  agent: () => string | undefined
  session: () => string | undefined
  file: () => string | undefined
  line: () => number | undefined
  at: () => number | undefined
  set(change: { [Name in keyof Query]: Query[Name] | null }): void
  /** The same, without a step back to what was there before. */
  replace(change: { [Name in keyof Query]: Query[Name] | null }): void
  /** Address of another checkpoint, or of another view of this one. */
  href(change: { checkpoint?: string; view?: View }): string
}

const isPart = (text: string | undefined): text is KeptPart =>
  /^(branch|(save|work):.+)$/.test(text ?? '')
const isAgainst = (text: string | undefined): text is KeptAgainst =>
  /^(branch|saved|start|checkpoint:.+)$/.test(text ?? '')
const toNumber = (text: string | undefined): number | undefined =>
  /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined

export function useAddress(taskId: () => string): Address {
  const [query, setQuery] = useSearchParams<Query>()
  const view = (): View => views.find((each) => each === query.view) ?? 'plan'
  return {
    checkpoint: () => query.checkpoint,
    view,
    of: () => (isPart(query.of) ? query.of : 'branch'),
    against: () => (isAgainst(query.against) ? query.against : 'branch'),
    agent: () => query.agent,
    session: () => query.session,
    file: () => query.file,
    line: () => toNumber(query.line),
    at: () => toNumber(query.at),
    set: (change) => setQuery(change, { scroll: false }),
    replace: (change) => setQuery(change, { replace: true, scroll: false }),
    href(change) {
      const next = new URLSearchParams({
        checkpoint: change.checkpoint ?? query.checkpoint ?? '',
        view: change.view ?? view(),
      })
      // Whose files it is about stays while other views of the same moment are looked at.
      for (const name of ['of', 'against', 'agent'] as const)
        if (change.checkpoint === undefined && query[name]) next.set(name, query[name])
      return `/tasks/${encodeURIComponent(taskId())}/checkpoints?${next}`
    },
  }
}
