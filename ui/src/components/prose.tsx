import { createMemo, For, type JSX, Match, Switch } from 'solid-js'
import { type Block, type Inline, parseMarkdown } from '../lib/markdown.ts'

/** What an agent says, set as prose. Text nodes only. */
export function Prose(props: { text: string }): JSX.Element {
  const blocks = createMemo(() => parseMarkdown(props.text))
  return (
    <div class="col gap-1.5 max-w-[72ch] flex-1 py-0.5">
      <For each={blocks()}>
        {(block) => (
          <Switch>
            <Match when={block.kind === 'code' && block}>
              {(code) => (
                <pre class="well px-2.5 py-1.5 mono-small overflow-x-auto max-h-[420px]">
                  {code().text}
                </pre>
              )}
            </Match>
            <Match when={block.kind === 'table' && block}>
              {(table) => <Table table={table()} />}
            </Match>
            <Match when={block.kind === 'heading' && block}>
              {(heading) => (
                <p class="font-600">
                  <Inlines inlines={heading().inlines} />
                </p>
              )}
            </Match>
            <Match when={block.kind === 'item' && block}>
              {(item) => (
                <p class="flex gap-2" style={{ 'padding-inline-start': `${item().depth * 16}px` }}>
                  <span class="t3">{item().marker}</span>
                  <span class="wrap-any min-w-0">
                    <Inlines inlines={item().inlines} />
                  </span>
                </p>
              )}
            </Match>
            <Match when={block.kind === 'paragraph' && block}>
              {(paragraph) => (
                <p class="wrap-any">
                  <Inlines inlines={paragraph().inlines} />
                </p>
              )}
            </Match>
          </Switch>
        )}
      </For>
    </div>
  )
}

function Table(props: { table: Extract<Block, { kind: 'table' }> }): JSX.Element {
  const cell = (index: number) => ({
    class: 'px-2.5! py-1! align-top border border-solid border-line min-w-[6ch]',
    style: { 'text-align': props.table.align[index] ?? 'start' },
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
    <div class="overflow-x-auto" tabIndex={0}>
      <table class="w-auto! border-collapse text-start">
        <thead>
          <tr>
            <For each={props.table.head}>
              {(inlines, index) => (
                <th
                  scope="col"
                  {...cell(index())}
                  class={`${cell(index()).class} font-600 text-tx1`}
                >
                  <Inlines inlines={inlines} />
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={props.table.rows}>
            {(row) => (
              <tr>
                <For each={row}>
                  {(inlines, index) => (
                    <td {...cell(index())}>
                      <Inlines inlines={inlines} />
                    </td>
                  )}
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}

function Inlines(props: { inlines: readonly Inline[] }): JSX.Element {
  return (
    <For each={props.inlines}>
      {(inline) => (
        <Switch fallback={inline.text}>
          <Match when={inline.kind === 'code'}>
            <code class="bg-bg2 rounded-key px-1 text-code">{inline.text}</code>
          </Match>
          <Match when={inline.kind === 'link' && inline}>
            {(link) => (
              <a
                href={link().href}
                title={link().href}
                target="_blank"
                rel="noopener noreferrer"
                class="underline underline-offset-2 wrap-any"
              >
                {link().text}
              </a>
            )}
          </Match>
          <Match when={inline.kind === 'strong'}>
            <strong class="font-600">{inline.text}</strong>
          </Match>
        </Switch>
      )}
    </For>
  )
}
