/** The plan as YAML in an editor, with what is wrong marked as it is typed. Loaded on first use. */
import { defaultKeymap } from '@codemirror/commands'
import {
  HighlightStyle,
  indentUnit,
  LanguageDescription,
  syntaxHighlighting,
} from '@codemirror/language'
import { languages } from '@codemirror/language-data'
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { createEffect, type JSX, on, onCleanup, onMount } from 'solid-js'
import { parseText, toText } from '../../lib/plan/yaml.ts'
import type { Editor } from './editor.ts'

const colors = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--syn-fn)' },
  { tag: [tags.string, tags.content], color: 'var(--tx1)' },
  { tag: [tags.keyword, tags.number, tags.bool], color: 'var(--syn-kw)' },
  { tag: [tags.comment, tags.meta], color: 'var(--syn-dim)' },
  { tag: [tags.separator, tags.punctuation], color: 'var(--tx3)' },
])

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'var(--bg1)', color: 'var(--tx1)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
    fontVariantLigatures: 'none',
    lineHeight: '20px',
  },
  '.cm-content': { padding: '12px 0 40px', caretColor: 'var(--tx1)' },
  '.cm-gutters': {
    backgroundColor: 'var(--bg1)',
    color: 'var(--tx3)',
    borderInlineEnd: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--bg2) 55%, transparent)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'color-mix(in srgb, var(--tx1) 18%, transparent)' },
  '.cm-cursor': { borderInlineStartColor: 'var(--tx1)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--bg1)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
    color: 'var(--tx1)',
    maxWidth: '480px',
  },
  '.cm-diagnostic-error': { borderInlineStartColor: 'var(--fail)' },
})

export function TextView(props: { editor: Editor }): JSX.Element {
  let host: HTMLDivElement | undefined
  let view: EditorView | undefined
  const language = new Compartment()
  const writable = new Compartment()
  /** What was typed, while it stands for the present edit; else written anew. */
  const wanted = (): string => props.editor.text() ?? toText(props.editor.edit())
  const check = (target: EditorView): void => {
    const { problems } = parseText(target.state.doc.toString())
    const end = target.state.doc.length
    const diagnostics = problems.map(
      ({ from, to, message }): Diagnostic => ({
        from: Math.min(from, end),
        to: Math.min(to, end),
        severity: 'error',
        message,
      }),
    )
    target.dispatch(setDiagnostics(target.state, diagnostics))
  }
  const mode = () => [
    EditorState.readOnly.of(!props.editor.isEditing()),
    EditorView.contentAttributes.of({
      tabindex: '0',
      'aria-label': props.editor.isEditing() ? 'Plan as text' : 'Plan as text, read only',
    }),
  ]
  onMount(() => {
    if (!host) return
    const target = new EditorView({
      parent: host,
      state: EditorState.create({
        doc: wanted(),
        extensions: [
          lineNumbers(),
          lintGutter(),
          drawSelection(),
          highlightActiveLine(),
          indentUnit.of('  '),
          keymap.of(defaultKeymap),
          syntaxHighlighting(colors),
          EditorView.lineWrapping,
          look,
          language.of([]),
          writable.of(mode()),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return
            const text = update.state.doc.toString()
            if (text !== wanted()) props.editor.setText(text, parseText(text).edit)
          }),
          EditorView.domEventHandlers({ blur: () => props.editor.seal() }),
        ],
      }),
    })
    view = target
    check(target)
    onCleanup(() => target.destroy())
    const yaml = LanguageDescription.matchLanguageName(languages, 'yaml')
    void yaml?.load().then((support) => target.dispatch({ effects: language.reconfigure(support) }))
  })
  createEffect(
    on([wanted, () => props.editor.isEditing()], ([text]) => {
      if (!view) return
      if (text !== view.state.doc.toString()) replaceText(view, text)
      view.dispatch({ effects: writable.reconfigure(mode()) })
      check(view)
    }),
  )
  return <div ref={host} class="flex-1 min-h-0 min-w-0 overflow-hidden" data-plan-text />
}

/** Only what differs, so that the cursor and the place in the text stay. */
function replaceText(view: EditorView, text: string): void {
  const old = view.state.doc.toString()
  let from = 0
  const max = Math.min(old.length, text.length)
  while (from < max && old[from] === text[from]) from++
  let tail = 0
  while (tail < max - from && old.at(-1 - tail) === text.at(-1 - tail)) tail++
  view.dispatch({
    changes: { from, to: old.length - tail, insert: text.slice(from, text.length - tail) },
  })
}
