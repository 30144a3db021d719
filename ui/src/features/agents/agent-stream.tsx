import { A } from '@solidjs/router'
import {
  createEffect,
  createMemo,
  createSignal,
  type JSX,
  Match,
  on,
  onCleanup,
  Show,
  Switch,
  untrack,
} from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Button } from '../../components/button.tsx'
import { later } from '../../components/later.tsx'
import { type Action, useActions } from '../../data/actions.ts'
import { toApiError } from '../../data/api.ts'
import { isLive } from '../../data/status.ts'
import { store } from '../../data/store.ts'
import { terminalSize } from '../../data/taste.ts'
import { isDark } from '../../data/theme.ts'
import type { RowFile } from '../../lib/activity/row-file.ts'
import type { Row } from '../../lib/activity/rows.ts'
import { ActivityView } from './activity-view.tsx'
import { toRemovedWords } from './agent-words.ts'
import { findFirstError } from './first-error.ts'
import { type AgentOutput, createAgentOutput } from './output.ts'
import { RawView } from './raw-view.tsx'
import { SearchBar } from './search-bar.tsx'
import type { StreamHandle } from './stream-handle.ts'
import { createStreamSearch } from './stream-search.ts'

export type StreamView = 'activity' | 'terminal' | 'raw'

const Terminal = later(
  async () => (await import('../../terminal/terminal.tsx')).Terminal,
  () => <div class="flex-1 bg-term" />,
)

/** An agent's output, three ways. With `bar` it is the main thing on the page: it has filters, search and keys. */
export function AgentStream(props: {
  agent: Agent
  view: StreamView
  /** Opens around this byte instead of at the end. */
  at?: number | undefined
  /** Stands at the beginning of the line above the stream. */
  bar?: JSX.Element
  onOutput?: (output: AgentOutput) => void
  /** The reader's place changed, by the byte that `at` would name; undefined at the live end. */
  onAt?: (offset: number | undefined) => void
  /** Shows a file that a row is about. */
  onFile?: (file: RowFile) => void
  /** Only the line above is shown, something else takes the place below. */
  hidden?: boolean
}): JSX.Element {
  // The agent is another object after every change; its id decides.
  const id = createMemo(() => props.agent.id)
  return (
    <Show when={id()} keyed>
      <Stream {...props} />
    </Show>
  )
}

function Stream(props: {
  agent: Agent
  view: StreamView
  at?: number | undefined
  bar?: JSX.Element
  onOutput?: (output: AgentOutput) => void
  /** The reader's place changed, by the byte that `at` would name; undefined at the live end. */
  onAt?: (offset: number | undefined) => void
  /** Shows a file that a row is about. */
  onFile?: (file: RowFile) => void
  /** Only the line above is shown, something else takes the place below. */
  hidden?: boolean
}): JSX.Element {
  const { id: agentId, task_id: taskId, output_bytes: size } = untrack(() => props.agent)
  const isMain = untrack(() => props.bar !== undefined)
  const output: AgentOutput = createAgentOutput({
    taskId,
    agentId,
    size,
    at: untrack(() => props.at),
  })
  const [isSearching, setSearching] = createSignal(false)
  let shown: StreamHandle | undefined
  let wanted: number | undefined

  const goToOffset = (offset: number): void => {
    wanted = undefined
    if (shown?.goToOffset(offset)) return
    wanted = offset
    void output.window.open({ size: output.window.size, at: offset })
  }
  createEffect(
    on([output.isOpening, output.rows], ([isOpening]) => {
      if (isOpening || wanted === undefined) return
      const offset = wanted
      wanted = undefined
      queueMicrotask(() => shown?.goToOffset(offset))
    }),
  )
  const place = createPlace((offset) => props.onAt?.(offset))
  createEffect(
    on(
      () => props.at,
      (at) => at !== undefined && !place.isMine(at) && goToOffset(at),
      { defer: true },
    ),
  )
  const [note, setNote] = createSignal('')
  const leaving = new AbortController()
  onCleanup(() => leaving.abort())
  const toFirstError = async (
    known: Row | undefined,
    show: (row: Row | undefined) => void,
  ): Promise<void> => {
    setNote('Looking for the first error')
    try {
      const found = await findFirstError(taskId, agentId, leaving.signal)
      setNote(found === undefined && !known ? 'No error in this output' : '')
      if (found !== undefined && found < (known?.offset ?? Number.POSITIVE_INFINITY))
        goToOffset(found)
      else show(known)
    } catch (cause) {
      if (!leaving.signal.aborted) setNote(toApiError(cause).message)
    }
  }
  const search = createStreamSearch({
    taskId,
    agentId,
    onHit: (hit) => goToOffset(hit.line_offset),
  })
  untrack(() => props.onOutput?.(output))

  const mine = createMemo(
    () => new Set((store.inputs.get(`${taskId}/${agentId}`).value ?? []).map((input) => input.id)),
  )
  const removed = (): string => toRemovedWords(props.agent)
  const empty = (): string => {
    if (props.agent.status === 'queued') return 'Waits for a slot. What it does appears here.'
    if (isLive(props.agent)) return 'Starting. What it does appears here.'
    const isSilent = output.isComplete() || output.range().size === 0
    return isSilent && removed() === '' ? 'It ended without a word.' : ''
  }
  const startedAt = (): number | undefined => {
    const known = props.agent.started_at
    return output.range().from > 0 && known ? Date.parse(known) : output.startedAt()
  }
  const closeSearch = (): void => {
    setSearching(false)
    search.clear()
  }
  const link = (offset: number): void => {
    const url = new URL(location.href)
    url.searchParams.set('at', String(offset))
    void navigator.clipboard?.writeText(url.href)
  }
  if (isMain)
    useActions(() => [
      {
        id: 'stream.search',
        label: 'Search the output',
        group: 'Activity',
        keys: '/',
        run: () => setSearching(true),
      },
      ...(search.hits().length > 0 ? hitActions(search.step) : []),
    ])
  return (
    <div
      class="min-h-0 col"
      classList={{ 'flex-1': !props.hidden, 'flex-none': props.hidden ?? false }}
    >
      <Show when={isMain}>
        <div class="flex items-center gap-2 px-3 md:px-4 min-h-11 rule flex-none">
          {props.bar}
          <span class="flex-1 t3 text-small text-end clip" role="status">
            {note()}
          </span>
          <Show when={output.isLive() && isLive(props.agent)}>
            <span class="t3 text-small lt-md:hidden!">Live</span>
          </Show>
          <Button
            look="quiet"
            icon="search"
            label="Search the output"
            aria-pressed={isSearching()}
            onClick={() => (isSearching() ? closeSearch() : setSearching(true))}
          />
        </div>
        <Show when={isSearching()}>
          <SearchBar search={search} onClose={closeSearch} />
        </Show>
      </Show>
      <Show when={!props.hidden && removed()}>
        {(words) => (
          <p class="flex flex-wrap items-baseline gap-x-2 px-4 py-1.5 rule t2 flex-none">
            {words()}
            <A class="link" href="/settings/retention">
              Retention
            </A>
          </p>
        )}
      </Show>
      <Switch>
        <Match when={props.hidden}>{null}</Match>
        <Match when={props.view === 'activity'}>
          <ActivityView
            output={output}
            startedAt={startedAt()}
            mine={mine()}
            isLive={isLive(props.agent)}
            isFailed={props.agent.status === 'failed' || props.agent.status === 'lost'}
            at={props.at}
            isMain={isMain}
            empty={empty()}
            query={isSearching() ? search.query().trim() : ''}
            ref={(handle) => {
              shown = handle
            }}
            onLink={link}
            onPick={place.put}
            onFirstError={(known, show) => void toFirstError(known, show)}
            onFile={props.onFile}
          />
        </Match>
        <Match when={props.view === 'terminal'}>
          <Terminal
            rows={output.rows()}
            before={output.range().from}
            isDark={isDark()}
            fontSize={terminalSize()}
            label="Terminal, read only"
            onOlder={() => void output.window.older()}
            onFollow={output.window.setFollowing}
            onEnd={() => void output.window.toEnd()}
            query={isSearching() ? search.query().trim() : ''}
            ref={(handle) => {
              shown = {
                goToOffset: (offset) => {
                  const row = output.window.holds(offset) && output.window.held.rowAt(offset)
                  return row ? handle.goTo(row.id) : false
                },
              }
            }}
          />
        </Match>
        <Match when={props.view === 'raw'}>
          <RawView
            output={output}
            taskId={taskId}
            agentId={agentId}
            at={props.at}
            ref={(handle) => {
              shown = handle
            }}
          />
        </Match>
      </Switch>
    </div>
  )
}

const quietMs = 150

/** Puts the reader's place into the address, at rest and not with every key; browsers allow only so many changes. */
function createPlace(put: (offset: number | undefined) => void): {
  put(offset: number | undefined): void
  /** Whether a change of the address is the one that was put there last: nothing has to follow it. */
  isMine(offset: number): boolean
} {
  let timer: ReturnType<typeof setTimeout> | undefined
  let mine: number | undefined
  onCleanup(() => clearTimeout(timer))
  return {
    put(offset) {
      clearTimeout(timer)
      timer = setTimeout(() => {
        mine = offset
        put(offset)
      }, quietMs)
    },
    isMine(offset) {
      const is = mine === offset
      mine = undefined
      return is
    },
  }
}

const hitActions = (step: (by: number) => unknown): Action[] => [
  {
    id: 'stream.next-hit',
    label: 'Next hit',
    group: 'Activity',
    keys: 'n',
    palette: false,
    run: () => step(1),
  },
  {
    id: 'stream.previous-hit',
    label: 'Previous hit',
    group: 'Activity',
    keys: 'Shift+N',
    palette: false,
    run: () => step(-1),
  },
]
