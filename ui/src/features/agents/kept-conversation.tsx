import { createMemo, For, type JSX, Show, untrack } from 'solid-js'
import type { KeptAgent, KeptSession } from '#contract/checkpoint-contents.ts'
import { Empty } from '../../components/part.tsx'
import type { RowFile } from '../../lib/activity/row-file.ts'
import { formatBytes } from '../../lib/text.ts'
import { ActivityView } from './activity-view.tsx'
import { createKeptOutput } from './output.ts'

/** What an agent and its model had said to each other when a checkpoint was taken. */
export function KeptConversation(props: {
  taskId: string
  checkpointId: string
  agent: KeptAgent
  /** The session that is shown; the agent's own unless told. */
  session: string | undefined
  at: number | undefined
  /** Stands at the beginning of the line above. */
  choice: JSX.Element
  onSession: (name: string) => void
  onFile: (file: RowFile) => void
}): JSX.Element {
  const sessions = (): readonly KeptSession[] => props.agent.save?.sessions ?? []
  const shown = createMemo(
    () => sessions().find(({ name }) => name === props.session) ?? sessions()[0],
    undefined,
    { equals: (a, b) => a?.name === b?.name && a?.size === b?.size },
  )
  return (
    <>
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 min-h-11 rule flex-none">
        {props.choice}
        <Show when={sessions().length > 1}>
          <select
            aria-label="Which conversation"
            class="input w-auto! max-w-full md:max-w-[260px] min-w-0 px-2! py-0! md:min-h-7! text-ellipsis"
            onChange={(event) => props.onSession(event.currentTarget.value)}
          >
            <For each={sessions()}>
              {(session, index) => (
                <option value={session.name} selected={shown()?.name === session.name}>
                  {session.main ? 'Its own conversation' : `Helper ${index()}`}
                </option>
              )}
            </For>
          </select>
        </Show>
        <span class="flex-1" />
        <span class="t3 text-small whitespace-nowrap">{formatBytes(shown()?.size ?? 0)}</span>
      </div>
      <Show when={shown()} keyed fallback={<Empty>The agent had said nothing by then.</Empty>}>
        {(session) => <Conversation {...props} session={session} />}
      </Show>
    </>
  )
}

const nobody: ReadonlySet<string> = new Set<string>()

function Conversation(props: {
  taskId: string
  checkpointId: string
  agent: KeptAgent
  session: KeptSession
  at: number | undefined
  onFile: (file: RowFile) => void
}): JSX.Element {
  const { taskId, checkpointId, agent, session, at } = untrack(() => ({ ...props }))
  const output = createKeptOutput({
    ...{ taskId, checkpointId, agentId: agent.agent_id, session: session.name },
    ...{ size: session.size, at },
  })
  const startedAt = (): number | undefined =>
    output.range().from > 0 && agent.started_at ? Date.parse(agent.started_at) : output.startedAt()
  return (
    <ActivityView
      output={output}
      startedAt={startedAt()}
      mine={nobody}
      isLive={false}
      isFailed={false}
      at={at}
      isMain
      empty="The agent had said nothing by then."
      query=""
      onLink={(offset) => {
        const url = new URL(location.href)
        url.searchParams.set('at', String(offset))
        void navigator.clipboard?.writeText(url.href)
      }}
      onPick={() => undefined}
      onFirstError={(known, show) => show(known)}
      onFile={props.onFile}
    />
  )
}
