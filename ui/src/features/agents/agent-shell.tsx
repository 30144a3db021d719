import { createSignal, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { ShellEnd } from '#contract/socket.ts'
import { Button } from '../../components/button.tsx'
import { later } from '../../components/later.tsx'
import { useActions } from '../../data/actions.ts'
import { shellUrl } from '../../data/shell-url.ts'
import { isLive } from '../../data/status.ts'
import { terminalSize } from '../../data/taste.ts'
import { isDark } from '../../data/theme.ts'
import { agentName } from './agent-name.ts'

const ShellTerminal = later(
  async () => (await import('../../terminal/shell.tsx')).ShellTerminal,
  () => <div class="flex-1 bg-term" />,
)

/** A terminal in the agent's container. It opens when it is asked for, and ends with the pane. */
export function AgentShell(props: { agent: Agent }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  const [ended, setEnded] = createSignal<string>()
  let opener: HTMLButtonElement | undefined
  const open = (): void => {
    setEnded(undefined)
    setOpen(true)
  }
  const close = (end: ShellEnd | undefined): void => {
    setOpen(false)
    setEnded(toWords(end))
    queueMicrotask(() => opener?.focus())
  }
  const blocked = (): string | false => {
    if (!isLive(props.agent)) return 'The agent has ended, and its container with it.'
    return props.agent.frozen_since !== undefined && 'It is frozen, and so is its container.'
  }
  useActions(() => [
    isOpen()
      ? {
          id: 'agent.shell',
          label: 'Close shell',
          group: 'Agent',
          run: () => close({ type: 'exit', code: 0 }),
        }
      : {
          id: 'agent.shell',
          label: 'Open a shell',
          group: 'Agent',
          words: 'terminal bash container',
          disabled: blocked(),
          run: open,
        },
  ])
  return (
    <Show
      when={isOpen()}
      fallback={
        <div class="col gap-3 p-4 items-start">
          <p class="m-0 t2">
            A terminal in {agentName(props.agent)}’s container, as its own user and beside its work.
            What you start in it ends with it. That you opened it is in the timeline; what you type
            is not kept.
          </p>
          <Show when={ended()}>
            {(text) => (
              <p class="m-0 t1" role="status">
                {text()}
              </p>
            )}
          </Show>
          <Button
            ref={(element) => {
              opener = element
            }}
            icon="terminal"
            disabled={blocked() !== false}
            title={blocked() || undefined}
            onClick={open}
          >
            Open a shell
          </Button>
          <Show when={blocked()}>{(why) => <p class="m-0 t3 text-small">{why()}</p>}</Show>
        </div>
      }
    >
      <div class="flex items-center gap-2 px-4 min-h-9 bg-bg2 text-small flex-none">
        <span class="clip t1 font-600">Shell in {agentName(props.agent)}’s container</span>
        <span class="t3 whitespace-nowrap desk">Ctrl Shift . leaves</span>
        <span class="flex-1" />
        <Button
          ref={(element) => {
            opener = element
          }}
          look="quiet"
          onClick={() => close({ type: 'exit', code: 0 })}
        >
          Close shell
        </Button>
      </div>
      <ShellTerminal
        open={(size) => new WebSocket(shellUrl(props.agent, size))}
        isDark={isDark()}
        fontSize={terminalSize()}
        label={`Shell in ${agentName(props.agent)}’s container`}
        onEnd={close}
        onLeave={() => opener?.focus()}
      />
    </Show>
  )
}

function toWords(end: ShellEnd | undefined): string {
  if (end === undefined) return 'The connection to the shell was lost, and the shell ended with it.'
  if (end.type === 'error') return end.error
  return end.code === 0 ? 'The shell has ended.' : `The shell has ended with code ${end.code}.`
}
