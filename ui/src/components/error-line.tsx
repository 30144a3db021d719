import { type JSX, Show } from 'solid-js'

/** Why something was refused, read out when it appears; nothing while there is no error. */
export function ErrorLine(props: {
  text: string | undefined
  small?: boolean
  class?: string
}): JSX.Element {
  return (
    <Show when={props.text}>
      <p
        role="alert"
        class={['text-fail wrap-any', props.small ? 'text-small' : '', props.class].join(' ')}
      >
        {props.text}
      </p>
    </Show>
  )
}
