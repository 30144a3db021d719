import { A, useLocation } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { Icon, type IconName, Mark } from '../../components/icon.tsx'
import { countAttention } from '../../data/attention.ts'
import { isAtWork, isFinished, taskStatus } from '../../data/status.ts'
import { all, store } from '../../data/store.ts'
import { EngineLine } from './engine-line.tsx'

const maxActive = 12

export function Sidebar(): JSX.Element {
  const active = createMemo(() =>
    (store.tasks.get(all).value ?? [])
      .filter((task) => !isFinished(task) && task.status !== 'created' && task.status !== 'failed')
      .slice(0, maxActive),
  )
  const agents = (): number => (store.liveAgents.get(all).value ?? []).filter(isAtWork).length
  return (
    <nav
      aria-label="Main"
      class="lt-md:hidden w-[216px] lt-lg:w-[52px] flex-none flex flex-col gap-0.5 min-h-0 px-2 pt-3 pb-2 border-0 border-r border-solid border-line"
    >
      <A
        href="/"
        class="flex items-center gap-2 px-2 pt-0.5 pb-3 font-600 text-heading tracking-[-0.01em]"
      >
        <Mark />
        <span class="lt-lg:hidden">Klaudio</span>
      </A>
      <NavLink href="/" icon="home" label="Home" needs={countAttention()} end />
      <NavLink href="/tasks" icon="list" label="Tasks" />
      <NavLink href="/agents" icon="agents" label="Agents" count={agents()} />
      <NavLink href="/doctor" icon="health" label="Doctor" />
      <NavLink href="/settings" icon="gear" label="Settings" />
      <Show when={active().length > 0}>
        <div class="lt-lg:hidden flex justify-between px-2 pt-3.5 pb-1 text-small t3">
          <span>Active</span>
          <span>{active().length}</span>
        </div>
        <div class="col min-h-0 overflow-auto lt-lg:hidden">
          <For each={active()}>
            {(task) => (
              <A
                href={`/tasks/${task.id}`}
                class="flex items-center gap-2 h-[30px] px-2 rounded-button t2 min-w-0 hover:bg-bg2 flex-none"
                activeClass="bg-bg3! text-tx1!"
              >
                <Glyph name={taskStatus(task).glyph} label={taskStatus(task).word} />
                <span class="clip flex-1">{task.name}</span>
                <span class="t3 text-small">{task.progress.running || ''}</span>
              </A>
            )}
          </For>
        </div>
      </Show>
      <span class="flex-1" />
      <EngineLine />
    </nav>
  )
}

function NavLink(props: {
  href: string
  icon: IconName
  label: string
  count?: number
  needs?: number
  end?: boolean
}): JSX.Element {
  return (
    <A
      href={props.href}
      end={props.end ?? false}
      title={props.label}
      class="flex items-center gap-2 h-[30px] px-2 rounded-button t2 font-500 min-w-0 hover:bg-bg2 flex-none"
      activeClass="bg-bg3! text-tx1!"
    >
      <Icon name={props.icon} />
      <span class="flex-1 lt-lg:hidden">{props.label}</span>
      <Show when={props.needs}>
        <span class="count count-need lt-lg:hidden">{props.needs}</span>
      </Show>
      <Show when={props.count}>
        <span class="t3 text-small lt-lg:hidden">{props.count}</span>
      </Show>
    </A>
  )
}

const bar: { href: string; icon: IconName; label: string }[] = [
  { href: '/', icon: 'home', label: 'Home' },
  { href: '/tasks', icon: 'list', label: 'Tasks' },
  { href: '/new', icon: 'plus', label: 'New' },
  { href: '/agents', icon: 'agents', label: 'Agents' },
  { href: '/settings', icon: 'gear', label: 'Settings' },
]

/** On a phone; an agent's page has its own bar instead. */
export function BottomBar(): JSX.Element {
  const location = useLocation()
  const isHidden = (): boolean => /\/tasks\/[^/]+\/agents\//.test(location.pathname)
  return (
    <Show when={!isHidden()}>
      <nav
        aria-label="Main"
        class="md:hidden flex flex-none h-14 bg-bg1 rule-top z-bar safe-bottom box-content"
      >
        <For each={bar}>
          {(item) => (
            <A
              href={item.href}
              end={item.href === '/'}
              class="relative flex-1 flex flex-col items-center justify-center gap-0.5 text-micro font-500 t3"
              activeClass="text-tx1!"
            >
              <Icon name={item.icon} />
              {item.label}
              <Show when={item.href === '/' && countAttention() > 0}>
                <span class="count count-need absolute top-1 left-[calc(50%+6px)]">
                  {countAttention()}
                </span>
              </Show>
            </A>
          )}
        </For>
      </nav>
    </Show>
  )
}
