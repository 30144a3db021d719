import { type JSX, Match, Show, Switch } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { CheckpointContents, KeptAgent, KeptChanges } from '#contract/checkpoint-contents.ts'
import { Empty } from '../components/part.tsx'
import { kept, keptChangesKey } from '../data/kept.ts'
import { store } from '../data/store.ts'
import type { KeptScope } from '../data/work.ts'
import { KeptConversation } from '../features/agents/kept-conversation.tsx'
import { type Address, useAddress } from '../features/checkpoints/address.ts'
import { AgainstPicker, AgentPicker, PartPicker } from '../features/checkpoints/pickers.tsx'
import { ChangesPane } from '../features/files/changes-pane.tsx'
import { KeptFiles } from '../features/files/kept-files.tsx'
import { formatClock } from '../lib/time.ts'

type About = {
  taskId: string
  checkpoint: Checkpoint
  contents: CheckpointContents
}

/** What is in a checkpoint besides the plan: its files, what differs from now, and what was said. */
export function CheckpointInside(
  props: About & { view: 'files' | 'changes' | 'conversation' },
): JSX.Element {
  const address = useAddress(() => props.taskId)
  return (
    <Switch>
      <Match when={props.view === 'files'}>
        <KeptFiles
          taskId={props.taskId}
          checkpointId={props.checkpoint.id}
          of={address.of()}
          file={address.file()}
          line={address.line()}
          choice={<Part contents={props.contents} address={address} />}
          onFile={(file, line) =>
            address.set({ file: file ?? null, line: line === undefined ? null : String(line) })
          }
        />
      </Match>
      <Match when={props.view === 'changes'}>
        <Changes {...props} address={address} />
      </Match>
      <Match when={props.view === 'conversation'}>
        <Conversations {...props} address={address} />
      </Match>
    </Switch>
  )
}

function Part(props: { contents: CheckpointContents; address: Address }): JSX.Element {
  return (
    <PartPicker
      contents={props.contents}
      value={props.address.of()}
      onChange={(of) =>
        props.address.set({
          ...{ of: of === 'branch' ? null : of, file: null, line: null },
          // The branch has no newest save.
          ...(of === 'branch' && props.address.against() === 'saved' ? { against: null } : {}),
        })
      }
    />
  )
}

function Changes(props: About & { address: Address }): JSX.Element {
  const scope = (): KeptScope => ({
    ...{ kind: 'kept', id: props.checkpoint.id },
    ...{ of: props.address.of(), against: props.address.against() },
  })
  const found = (): KeptChanges | undefined =>
    kept.changes.get(keptChangesKey(props.taskId, scope())).value
  return (
    <ChangesPane
      taskId={props.taskId}
      scope={scope()}
      choice={
        <div class="flex flex-wrap items-center gap-2 min-w-0 lt-md:w-full lt-md:py-1.5">
          <Part contents={props.contents} address={props.address} />
          <AgainstPicker
            checkpoint={props.checkpoint}
            checkpoints={store.checkpoints.get(props.taskId).value ?? []}
            of={props.address.of()}
            value={props.address.against()}
            onChange={(against) =>
              props.address.set({
                ...{ against: against === 'branch' ? null : against },
                ...{ file: null, line: null },
              })
            }
          />
        </div>
      }
      note={noteOf(props, found())}
      empty="Nothing differs: the files are the same."
    />
  )
}

/** Which way the changes go, and whether they are all of them. */
function noteOf({ checkpoint }: About, changes: KeptChanges | undefined): string {
  if (!changes) return ''
  const here = `this checkpoint of ${formatClock(Date.parse(checkpoint.created_at), { seconds: true })}`
  const words = { checkpoint: here, now: 'now', start: 'the start', other: 'the other checkpoint' }
  const cut =
    changes.total > changes.files.length
      ? ` The first ${changes.files.length.toLocaleString()} of ${changes.total.toLocaleString()} files are listed.`
      : ''
  return `From ${words[changes.from.what]} to ${words[changes.to.what]}.${cut}`
}

function Conversations(props: About & { address: Address }): JSX.Element {
  const agents = (): KeptAgent[] => props.contents.agents.filter(({ save }) => save)
  const shown = (): KeptAgent | undefined =>
    agents().find(({ agent_id: id }) => id === props.address.agent()) ??
    agents().find(({ kind }) => kind !== 'planner') ??
    agents()[0]
  return (
    <Show
      when={shown()}
      keyed
      fallback={
        <Empty>
          No agent was at work then, so no conversation is kept here. What agents printed before is
          on their own pages.
        </Empty>
      }
    >
      {(agent) => (
        <KeptConversation
          taskId={props.taskId}
          checkpointId={props.checkpoint.id}
          agent={agent}
          session={props.address.session()}
          at={props.address.at()}
          choice={
            <AgentPicker
              agents={agents()}
              value={agent.agent_id}
              onChange={(id) => props.address.set({ agent: id, session: null, at: null })}
            />
          }
          onSession={(session) => props.address.set({ session, at: null })}
          onFile={({ path }) =>
            props.address.set({
              ...{ view: 'files', of: `save:${agent.agent_id}`, file: path, line: null },
            })
          }
        />
      )}
    </Show>
  )
}
