import { For, type JSX, Show } from 'solid-js'
import { type Check, doctorChecks } from '#contract/system.ts'
import { LinkButton } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { ImageAction } from './image-build.tsx'
import { findCommand, sortChecks } from './report.ts'

const glyphs: Record<Check['state'], { glyph: GlyphName; word: string }> = {
  ok: { glyph: 'done', word: 'Works' },
  warn: { glyph: 'unknown', word: 'Worth a look' },
  fail: { glyph: 'fail', word: "Doesn't work" },
  skip: { glyph: 'skip', word: 'Not checked' },
}

/** The checks of this machine, what fails first; while it looks, each in its place as soon as it is known. */
export function Checks(props: {
  checks: readonly Check[] | undefined
  /** Those that are known already. */
  soFar: readonly Check[]
  isChecking: boolean
}): JSX.Element {
  const known = (id: string): Check | undefined => props.soFar.find((check) => check.id === id)
  return (
    <ul class="card" aria-label="Checks" aria-busy={props.isChecking}>
      <Show
        when={!props.isChecking && props.checks}
        fallback={
          <For each={doctorChecks}>
            {({ id, title }) => (
              <Show
                when={known(id)}
                fallback={
                  <Row glyph="wait" word="Checking" title={title}>
                    <span class="t3">Checking</span>
                  </Row>
                }
              >
                {(check) => <CheckRow check={check()} />}
              </Show>
            )}
          </For>
        }
      >
        {(checks) => <For each={sortChecks(checks())}>{(check) => <CheckRow check={check} />}</For>}
      </Show>
    </ul>
  )
}

function Row(props: {
  glyph: GlyphName
  word: string
  title: string
  children: JSX.Element
}): JSX.Element {
  return (
    <li class="grid grid-cols-[16px_minmax(0,1fr)] md:grid-cols-[16px_168px_minmax(0,1fr)] gap-x-2.5 gap-y-0.5 px-3 py-2.5 rule-top first:border-t-0 items-start">
      <Glyph name={props.glyph} label={props.word} class="mt-[3px] md:mt-0.5" />
      <span class="font-500">{props.title}</span>
      <div class="col gap-1.5 lt-md:col-start-2">{props.children}</div>
    </li>
  )
}

function CheckRow(props: { check: Check }): JSX.Element {
  const look = () => glyphs[props.check.state]
  const fix = (): string | undefined =>
    props.check.state === 'ok' || props.check.state === 'skip' ? undefined : props.check.fix
  return (
    <Row glyph={look().glyph} word={look().word} title={props.check.title}>
      <span class="wrap-any" classList={{ t2: props.check.state !== 'fail' }}>
        {props.check.detail}
      </span>
      <Show when={fix()}>
        {(advice) => (
          <>
            <span class="t2 wrap-any">{advice()}</span>
            <div class="flex flex-wrap items-center gap-2 empty:hidden">
              <Show when={findCommand(advice())}>
                {(command) => (
                  <span class="well flex items-center pl-2 max-w-full">
                    <code class="mono-small wrap-any py-1">{command()}</code>
                    <CopyButton text={command()} label={`Copy ${command()}`} />
                  </span>
                )}
              </Show>
              <Action id={props.check.id} />
            </div>
          </>
        )}
      </Show>
    </Row>
  )
}

/** The one thing that can be done about it from here. */
function Action(props: { id: string }): JSX.Element {
  return (
    <>
      <Show when={props.id === 'image'}>
        <ImageAction />
      </Show>
      <Show when={props.id === 'credentials'}>
        <LinkButton href="/settings/account">Claude account</LinkButton>
      </Show>
      <Show when={props.id === 'data-dir' || props.id === 'disk'}>
        <LinkButton href="/settings/storage">Storage</LinkButton>
      </Show>
    </>
  )
}
