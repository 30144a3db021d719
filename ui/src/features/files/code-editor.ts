/** The heavy half of the code view, on CodeMirror: never imported but with `import()`. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { syntaxHighlighting } from '@codemirror/language'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { loadLanguage, synHighlighter } from '../../lib/syntax-parsers.ts'

export type CodeEditor = {
  text(): string
  /** Another content of the same file; the place stays. */
  setText(text: string): void
  setEditable(isEditable: boolean): void
  /** From 1. Marks the line and brings it into sight; 0 takes the mark away. */
  showLine(line: number): void
  focus(): void
  destroy(): void
}

export type CodeEditorOptions = {
  text: string
  /** Tells the language. */
  path: string
  label: string
  isEditable: boolean
  onChange: (text: string) => void
  onSave: () => void
  onLine: (line: number) => void
}

/** A line beyond this is not wrapped, and its file not coloured: a minified file would hold the page up. */
const longLine = 5000

export function createCodeEditor(parent: HTMLElement, options: CodeEditorOptions): CodeEditor {
  const editable = new Compartment()
  const language = new Compartment()
  const target = new Compartment()
  const isLong = options.text.split('\n').some((line) => line.length > longLine)
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        ...frame(options),
        isLong ? [] : EditorView.lineWrapping,
        editable.of(toEditable(options.isEditable)),
        language.of([]),
        target.of([]),
      ],
    }),
  })
  let isOpen = true
  if (!isLong)
    void loadLanguage(options.path).then((support) => {
      if (support && isOpen) view.dispatch({ effects: language.reconfigure(support) })
    })
  return {
    text: () => view.state.doc.toString(),
    setText(text) {
      if (text === view.state.doc.toString()) return
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
    },
    setEditable: (isEditable) =>
      view.dispatch({ effects: editable.reconfigure(toEditable(isEditable)) }),
    showLine(number) {
      if (number < 1 || number > view.state.doc.lines) {
        view.dispatch({ effects: target.reconfigure([]) })
        return
      }
      const line = view.state.doc.line(number)
      view.dispatch({
        effects: [
          target.reconfigure(markLine(line.from)),
          EditorView.scrollIntoView(line.from, { y: 'center' }),
        ],
      })
    },
    focus: () => view.focus(),
    destroy() {
      isOpen = false
      view.destroy()
    },
  }
}

function frame({ label, onChange, onSave, onLine }: CodeEditorOptions): Extension[] {
  return [
    lineNumbers({
      domEventHandlers: {
        mousedown(view, block) {
          onLine(view.state.doc.lineAt(block.from).number)
          return true
        },
      },
    }),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    search({ top: true }),
    highlightSelectionMatches(),
    syntaxHighlighting(synHighlighter),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    keymap.of([
      {
        key: 'Mod-s',
        run: () => {
          onSave()
          return true
        },
      },
      // Tab leaves the text, as everywhere on the page: nobody is caught in it.
      ...defaultKeymap,
      ...historyKeymap,
      ...searchKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString())
    }),
    theme,
  ]
}

const toEditable = (isEditable: boolean): Extension => [
  EditorState.readOnly.of(!isEditable),
  EditorView.editable.of(isEditable),
  EditorView.contentAttributes.of({ 'aria-readonly': String(!isEditable) }),
]

const markLine = (from: number): Extension =>
  EditorView.decorations.of(Decoration.set(Decoration.line({ class: 'cm-target' }).range(from)))

/** Both themes at once: every colour is a token. */
const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--tx1)', backgroundColor: 'var(--bg1)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
    fontVariantLigatures: 'none',
    fontSize: 'var(--code-size)',
    lineHeight: '20px',
  },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--tx1)' },
  '.cm-content:focus-visible': { outline: 'none' },
  '&:focus-within': { boxShadow: 'inset 2px 0 0 var(--tx1)' },
  '.cm-line': { padding: '0 16px 0 8px' },
  '.cm-gutters': {
    backgroundColor: 'var(--bg1)',
    color: 'var(--tx3)',
    border: 'none',
    fontSize: '11px',
  },
  '.cm-lineNumbers .cm-gutterElement': {
    minWidth: '48px',
    padding: '0 10px 0 8px',
    cursor: 'pointer',
  },
  '.cm-cursor': { borderLeftColor: 'var(--tx1)' },
  '.cm-target': { backgroundColor: 'var(--bg3)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { background: 'color-mix(in srgb, var(--tx1) 18%, transparent)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--bg3)' },
  '.cm-searchMatch': { backgroundColor: 'var(--bg3)', outline: '1px solid var(--ctl)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--add-word)' },
  '.cm-panels': {
    backgroundColor: 'var(--bg0)',
    color: 'var(--tx1)',
    borderBottom: '1px solid var(--line)',
  },
  '.cm-panel.cm-search': { padding: '6px 32px 6px 12px', fontSize: '12px' },
  '.cm-textfield': {
    backgroundColor: 'var(--bg1)',
    border: '1px solid var(--ctl)',
    borderRadius: '6px',
    padding: '2px 8px',
    minHeight: '24px',
    fontSize: 'inherit',
  },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--bg1)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
    color: 'var(--tx1)',
    minHeight: '24px',
  },
})
