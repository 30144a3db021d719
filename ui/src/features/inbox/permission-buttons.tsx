import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { Button } from '../../components/button.tsx'
import { load, save } from '../../lib/storage.ts'
import type { Answering } from './answering.ts'
import { Guarded } from './guarded.tsx'

type PermissionItem = Extract<AttentionItem, { kind: 'permission' }>

/** Allow once, deny with or without a reason, or allow for the task where the CLI knows a rule for it. */
export function PermissionButtons(props: {
  item: PermissionItem
  answering: Answering
  isFocused: boolean
  replyTo: string
}): JSX.Element {
  const draft = `deny.${props.item.id}`
  const [reason, setReason] = createSignal(load(draft))
  const [isDenying, setDenying] = createSignal(reason() !== '')
  let field: HTMLInputElement | undefined
  const isBusy = (): boolean => props.answering.of(props.item.id).isBusy
  const key = (name: string): { shortcut?: string } => (props.isFocused ? { shortcut: name } : {})
  const ask = (): void => {
    setDenying(true)
    queueMicrotask(() => field?.focus())
  }
  createEffect(
    on(
      () => props.replyTo,
      (id) => {
        if (id === props.item.id) ask()
      },
      { defer: true },
    ),
  )
  const write = (value: string): void => {
    setReason(value)
    save(draft, value)
  }
  const deny = async (): Promise<void> => {
    const { item, answering } = props
    await answering.deny(item, reason().trim())
    if (answering.of(item.id).error === '') save(draft, '')
  }
  return (
    <Guarded>
      <Show
        when={isDenying()}
        fallback={
          <>
            <Button
              look={props.isFocused ? 'primary' : 'plain'}
              class="lt-md:flex-1"
              {...key('A')}
              busy={isBusy()}
              onClick={() => void props.answering.allow(props.item, 'once')}
            >
              Allow once
            </Button>
            <Button class="lt-md:flex-1" {...key('X')} busy={isBusy()} onClick={ask}>
              Deny
            </Button>
            <Show when={props.item.permission.rules.length > 0}>
              <Button
                class="lt-md:flex-1"
                {...key('⇧A')}
                busy={isBusy()}
                onClick={() => void props.answering.allow(props.item, 'task')}
              >
                Allow for this task
              </Button>
            </Show>
          </>
        }
      >
        <form
          class="flex flex-wrap flex-1 gap-1.5 min-w-[min(280px,100%)]"
          onSubmit={(event) => {
            event.preventDefault()
            void deny()
          }}
        >
          <input
            ref={field}
            class="input flex-1 min-w-[min(200px,100%)]"
            aria-label="Why not, for the agent"
            placeholder="Why not, if you want to say it: the agent reads it"
            maxLength={20_000}
            value={reason()}
            onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return
              event.preventDefault()
              event.stopPropagation()
              const row = event.currentTarget.closest<HTMLElement>('[data-attention]')
              setDenying(false)
              row?.focus()
            }}
          />
          <Button
            type="submit"
            class="lt-md:flex-1"
            look={props.isFocused ? 'primary' : 'plain'}
            busy={isBusy()}
          >
            Deny
          </Button>
          <Button
            look="quiet"
            class="lt-md:flex-1"
            onClick={() => {
              write('')
              setDenying(false)
            }}
          >
            Back
          </Button>
        </form>
      </Show>
    </Guarded>
  )
}
