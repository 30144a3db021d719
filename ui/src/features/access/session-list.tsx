import { For, type JSX, Show } from 'solid-js'
import type { Session } from '#contract/access.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { endSession, sessions, signOut } from '../../data/access.ts'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { browserName } from '../../lib/browser-name.ts'
import { formatAgo, formatExact } from '../../lib/time.ts'

/** Browsers that are signed in. */
export function SessionList(): JSX.Element {
  return (
    <div class="col gap-1.5">
      <h2 class="m-0 text-body font-500">Signed-in browsers</h2>
      <Loaded
        entry={sessions.get('all')}
        onRetry={() => void sessions.refresh('all')}
        skeleton={<Skeleton rows={1} height={52} />}
      >
        {(list) => (
          <Show when={list().length > 0} fallback={<p class="t3">No browser is signed in.</p>}>
            <ul class="card" aria-label="Signed-in browsers">
              <For each={list()}>{(session) => <Row session={session} />}</For>
            </ul>
          </Show>
        )}
      </Loaded>
    </div>
  )
}

function Row(props: { session: Session }): JSX.Element {
  const act = createAct()
  const at = (): number => Date.parse(props.session.last_used_at)
  const end = (): Promise<boolean> =>
    act.run(() => (props.session.current ? signOut() : endSession(props.session.id)))
  useActions(() => [
    {
      id: `access.sign-out-${props.session.id}`,
      label: `Sign out ${browserName(props.session.user_agent)}${props.session.current ? ', this browser' : ''}`,
      group: 'Settings',
      run: () => void end(),
    },
  ])
  return (
    <li class="rule-top first:border-t-0 flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <div class="col flex-1">
        <span class="font-500 clip" title={props.session.user_agent}>
          {browserName(props.session.user_agent)}
          <Show when={props.session.current}>
            <span class="t3 font-400"> · this browser</span>
          </Show>
        </span>
        <span class="t3 text-small clip" title={formatExact(at())}>
          {props.session.address || 'unknown address'} · used {formatAgo(at(), now())}
        </span>
      </div>
      <Button
        small
        busy={act.busy()}
        onClick={end}
        label={`Sign out ${browserName(props.session.user_agent)}`}
      >
        Sign out
      </Button>
      <ErrorLine text={act.error()} small class="w-full" />
    </li>
  )
}
