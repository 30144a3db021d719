import { A } from '@solidjs/router'
import { type JSX, Show, splitProps } from 'solid-js'
import { Icon, type IconName } from './icon.tsx'
import { createInk, type InkLook } from './ink.ts'

type Look = 'plain' | 'quiet' | 'danger' | InkLook

const looks: Record<Look, string> = {
  plain: '',
  primary: '',
  next: '',
  quiet: 'button-quiet',
  danger: 'button-danger',
}

type Common = {
  look?: Look
  icon?: IconName
  /** Shown on the button; the page makes it work. */
  shortcut?: string
  /** Required when there is no text. */
  label?: string
  small?: boolean
  class?: string
}

export type ButtonProps = Common &
  Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, 'class'> & {
    /** While it runs the button is disabled. */
    busy?: boolean
  }

const classOf = (props: Common & { children?: unknown }, isInk: boolean): string =>
  `button ${isInk ? 'button-primary' : looks[props.look ?? 'plain']} ${props.small ? 'button-small' : ''} ${
    props.children === undefined && props.icon ? 'button-icon' : ''
  } ${props.class ?? ''}`

export function Button(props: ButtonProps): JSX.Element {
  const [own, rest] = splitProps(props, [
    'look',
    'icon',
    'shortcut',
    'label',
    'small',
    'class',
    'children',
    'busy',
    'disabled',
  ])
  const isInk = createInk(() => own.look ?? 'plain')
  return (
    <button
      type="button"
      {...rest}
      disabled={own.disabled || own.busy}
      aria-busy={own.busy}
      aria-label={own.label}
      title={rest.title ?? own.label}
      class={classOf(own, isInk())}
    >
      <Show when={own.icon}>{(name) => <Icon name={name()} />}</Show>
      {own.children}
      <Show when={own.shortcut}>
        <ShortcutKey isInk={isInk()}>{own.shortcut}</ShortcutKey>
      </Show>
    </button>
  )
}

const ShortcutKey = (props: { isInk: boolean; children: JSX.Element }): JSX.Element => (
  <kbd class={`key ${props.isInk ? 'bg-transparent! text-current! opacity-80' : ''}`}>
    {props.children}
  </kbd>
)

export function LinkButton(
  props: Common & { href: string; children?: JSX.Element; download?: boolean },
): JSX.Element {
  const isInk = createInk(() => props.look ?? 'plain')
  const inner = (): JSX.Element => (
    <>
      <Show when={props.icon}>{(name) => <Icon name={name()} />}</Show>
      {props.children}
      <Show when={props.shortcut}>
        <ShortcutKey isInk={isInk()}>{props.shortcut}</ShortcutKey>
      </Show>
    </>
  )
  return (
    <Show
      when={!props.download}
      fallback={
        <a
          href={props.href}
          download=""
          class={classOf(props, isInk())}
          aria-label={props.label}
          title={props.label}
        >
          {inner()}
        </a>
      }
    >
      <A
        href={props.href}
        class={classOf(props, isInk())}
        aria-label={props.label}
        title={props.label}
      >
        {inner()}
      </A>
    </Show>
  )
}
