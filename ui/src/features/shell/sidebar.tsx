import { A, useLocation } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import { taskStatus } from '#contract/status-words.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Icon, type IconName, Mark } from '../../components/icon.tsx'
import { countAttention } from '../../data/attention.ts'
import { isAtWork } from '../../data/status.ts'
import { all, store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'
import { EngineLine } from './engine-line.tsx'
import { openPalette } from './palette-state.ts'
import { isSidebarWide } from './sidebar-state.ts'

const maxActive = 30

/** Agents at work by task, and all of them. */
function createAgentCounts(): { of: (taskId: string) => number; total: () => number } {
  const counts = createMemo(() => {
    const byTask = new Map<string, number>()
    for (const agent of store.liveAgents.get(all).value ?? [])
      if (isAtWork(agent)) byTask.set(agent.task_id, (byTask.get(agent.task_id) ?? 0) + 1)
    return byTask
  })
  const total = createMemo(() => [...counts().values()].reduce((sum, count) => sum + count, 0))
  return { of: (taskId) => counts().get(taskId) ?? 0, total }
}

export function Sidebar(): JSX.Element {
  const agents = createAgentCounts()
  return (
    <nav
      aria-label="Main"
      class="lt-md:hidden flex-none flex flex-col gap-0.5 min-h-0 px-2 pt-3 pb-2 border-0 border-r border-solid border-line"
      classList={{ 'w-[216px]': isSidebarWide(), 'w-[52px]': !isSidebarWide() }}
    >
      <div class="flex items-center pb-2">
        <A
          href="/"
          class="flex items-center gap-2 px-2 h-7 rounded-button flex-1 min-w-0"
          aria-label="Klaudio, Home"
        >
          <Mark />
          <Show when={isSidebarWide()}>
            <span class="wordmark">Klaudio</span>
          </Show>
        </A>
        <Show when={isSidebarWide()}>
          <button
            type="button"
            class="button button-quiet button-icon"
            aria-label="Search or run a command"
            title="Search or run a command"
            onClick={openPalette}
          >
            <Icon name="search" />
          </button>
        </Show>
      </div>
      <NavLink href="/" icon="home" label="Home" end />
      <NavLink href="/inbox" icon="inbox" label="Inbox" needs={countAttention()} />
      <NavLink href="/tasks" icon="list" label="Tasks" end />
      <NavLink href="/agents" icon="agents" label="Agents" count={agents.total()} />
      <NavLink href="/settings" icon="gear" label="Settings" />
      <ActiveTasks agentsOf={agents.of} />
      <span class="flex-1" />
      <EngineLine isWide={isSidebarWide()} />
    </nav>
  )
}

function ActiveTasks(props: { agentsOf: (taskId: string) => number }): JSX.Element {
  const active = createMemo(() => store.tasks.get('active').value ?? [])
  return (
    <Show when={active().length > 0}>
      <Show when={isSidebarWide()} fallback={<hr class="w-full my-2 rule-top" />}>
        <div class="flex justify-between px-2 pt-3.5 pb-1 text-small t3" aria-hidden="true">
          <span>Active</span>
          <span>{active().length}</span>
        </div>
      </Show>
      <ul class="col min-h-0 overflow-auto -mx-1 px-1" aria-label="Active tasks">
        <For each={active().slice(0, maxActive)}>
          {(task) => (
            <li class="flex-none">
              <A
                href={`/tasks/${task.id}`}
                title={task.name}
                class="flex items-center gap-2 h-[30px] px-2 rounded-button t2 min-w-0 hover:bg-bg2 ring-in"
                activeClass="bg-bg3! text-tx1!"
              >
                <Glyph name={taskStatus(task).glyph} label={taskStatus(task).word} />
                <span class="clip flex-1" classList={{ 'sr-only': !isSidebarWide() }}>
                  {task.name}
                </span>
                <Show when={isSidebarWide() && props.agentsOf(task.id) > 0}>
                  <span
                    class="t3 text-small"
                    title={`${plural(props.agentsOf(task.id), 'agent')} at work`}
                  >
                    {props.agentsOf(task.id)}
                  </span>
                </Show>
              </A>
            </li>
          )}
        </For>
        <Show when={active().length > maxActive && isSidebarWide()}>
          <li>
            <A
              href="/tasks?status=active"
              class="flex items-center h-[30px] px-2 rounded-button t3 hover:bg-bg2"
              activeClass=""
            >
              All {active().length}
            </A>
          </li>
        </Show>
      </ul>
    </Show>
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
      title={isSidebarWide() ? undefined : props.label}
      class="relative flex items-center gap-2 h-[30px] px-2 rounded-button t2 font-500 min-w-0 hover:bg-bg2 flex-none ring-in"
      activeClass="bg-bg3! text-tx1!"
    >
      <Icon name={props.icon} />
      <span class="flex-1" classList={{ 'sr-only': !isSidebarWide() }}>
        {props.label}
      </span>
      <Show when={props.needs}>
        <span
          class="count count-need"
          classList={{ 'absolute -top-1 -right-1 scale-80': !isSidebarWide() }}
        >
          {props.needs}
          <span class="sr-only"> waiting for you</span>
        </span>
      </Show>
      <Show when={props.count}>
        <span class="t3 text-small" classList={{ 'sr-only': !isSidebarWide() }}>
          {props.count}
        </span>
      </Show>
    </A>
  )
}

const bar: { href: string; icon: IconName; label: string }[] = [
  { href: '/', icon: 'home', label: 'Home' },
  { href: '/inbox', icon: 'inbox', label: 'Inbox' },
  { href: '/new', icon: 'plus', label: 'New' },
  { href: '/agents', icon: 'agents', label: 'Agents' },
  { href: '/settings', icon: 'gear', label: 'Settings' },
]

/** On a phone; pages of one task, one agent or one question have their own bars instead. */
export function BottomBar(): JSX.Element {
  const location = useLocation()
  const isHidden = (): boolean => /\/tasks\/[^/]+\/agents\/|^\/inbox\/./.test(location.pathname)
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
              class="relative flex-1 flex flex-col items-center justify-center gap-0.5 text-micro font-500 t3 ring-in"
              activeClass="text-tx1!"
            >
              <Icon name={item.icon} />
              {item.label}
              <Show when={item.href === '/inbox' && countAttention() > 0}>
                <span class="count count-need absolute top-1 left-[calc(50%+6px)]">
                  {countAttention()}
                  <span class="sr-only"> waiting for you</span>
                </span>
              </Show>
            </A>
          )}
        </For>
      </nav>
    </Show>
  )
}
