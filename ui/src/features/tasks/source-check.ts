/** Looks at the repository while it is typed: after a pause, the last one only, and never twice for the same. */
import { createEffect, createSignal, on, onCleanup } from 'solid-js'
import type { CheckSource, SourceCheck } from '#contract/source.ts'
import { toApiError } from '../../data/api.ts'
import { type NewTask, problemsWhileTyping, toSource } from './new-task-form.ts'

export type CheckState =
  | { kind: 'idle' }
  | { kind: 'checking' }
  | { kind: 'found'; found: SourceCheck }
  | { kind: 'refused'; code: string; message: string; git: string | undefined }

type Check = (input: CheckSource, signal: AbortSignal) => Promise<SourceCheck>

/** What to ask for, or undefined while there is not enough of an address. */
export function toQuestion(task: NewTask): CheckSource | undefined {
  const problems = problemsWhileTyping(task)
  if (task.sourceKind === 'git') {
    const isEnough = /^([a-z][a-z0-9+.-]*:\/\/[^/]+\/.+|([^@:/\s]+@)?[^@:/\s]+:(?!\/\/).+)$/i.test(
      task.url.trim(),
    )
    if (!isEnough || problems.url) return undefined
    return { source: toSource(task), ...toOpening(task) }
  }
  if (task.sourceKind === 'template' && task.url !== '')
    return { source: toSource({ ...task, sourceKind: 'git' }), ...toOpening(task) }
  if (task.sourceKind === 'local' && task.path.trim().length > 1 && !problems.path)
    return { source: toSource(task) }
  return undefined
}

const toOpening = ({ token, credential }: NewTask) =>
  token ? { access_token: token } : credential ? { credential_id: credential } : {}

/** For the life of the owner. */
export function createSourceCheck(
  question: () => CheckSource | undefined,
  check: Check,
  {
    after = (ms: number, work: () => void) => {
      const timer = setTimeout(work, ms)
      return () => clearTimeout(timer)
    },
  } = {},
): { state: () => CheckState; again: () => void } {
  const [state, setState] = createSignal<CheckState>({ kind: 'idle' })
  const [round, setRound] = createSignal(0)
  const text = (): string => JSON.stringify(question() ?? null)
  createEffect(
    on([text, round], () => {
      const asked = question()
      if (!asked) {
        setState({ kind: 'idle' })
        return
      }
      const call = new AbortController()
      setState({ kind: 'checking' })
      const cancel = after(pauseMs, () => void ask(asked, call.signal))
      onCleanup(() => {
        cancel()
        call.abort()
      })
    }),
  )
  const ask = async (asked: CheckSource, signal: AbortSignal): Promise<void> => {
    try {
      const found = await check(asked, signal)
      if (!signal.aborted) setState({ kind: 'found', found })
    } catch (cause) {
      if (signal.aborted) return
      const { code, message, details } = toApiError(cause)
      const git = typeof details.git === 'string' ? details.git : undefined
      setState({ kind: 'refused', code, message, git })
    }
  }
  return { state, again: () => setRound((round) => round + 1) }
}

const pauseMs = 500
