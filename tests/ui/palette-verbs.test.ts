/**
 * Whatever a page offers as a button is in the palette as well, in the same words: read from the source, so that a
 * button nobody thought of is found too. An action belongs to the folder of its page.
 */
import { expect, test } from 'bun:test'

const literal = `'[^']*'|\`[^\`]*\``
const expression = `((?:${literal}|[^,'\`\\n])+)`

type Verb = { file: string; folder: string; name: string }

/** Labels of what is registered. */
function findActions(file: string, source: string): Verb[] {
  const registered = [
    new RegExp(`\\bid: (?:${literal}),\\s*label:\\s*${expression}`, 'g'),
    new RegExp(`\\{ label: ${expression}, keys:`, 'g'),
    new RegExp(`(?:toAction\\('[\\w-]+',|onSelected\\(\\s*'[\\w.-]+',)\\s*${expression}`, 'g'),
  ]
  return registered.flatMap((pattern) =>
    [...source.matchAll(pattern)].flatMap(([, label = '']) => toVerbs(file, textsOf(label))),
  )
}

/** Words of buttons, of links that download, and of what menus list. */
function findButtons(file: string, source: string): Verb[] {
  const items = new RegExp(`\\{\\s*label: ${expression},\\s*(?:\\w+: [^\\n,]*,\\s*)*onSelect`, 'g')
  const listed = [...source.matchAll(items)].flatMap(([, label = '']) => textsOf(label))
  const shown = [...source.matchAll(/<(Button|LinkButton)\s/g)].flatMap(
    ({ index, 1: tag = '' }) => {
      const end = endOfTag(source, index)
      const head = source.slice(index, end)
      if (tag === 'LinkButton' && !/\sdownload\b/.test(head)) return []
      const label = /\slabel=(?:"([^"]*)"|\{([^\n]*)\})/.exec(head)
      if (label) return label[1] ? [label[1]] : textsOf(label[2] ?? '')
      return wordsIn(source.slice(end, source.indexOf(`</${tag}>`, end)))
    },
  )
  return toVerbs(file, [...listed, ...shown])
}

const toVerbs = (file: string, names: readonly string[]): Verb[] =>
  names.map((name) => ({ file, folder: file.split('/').slice(0, -1).join('/'), name }))

/** The texts an expression may become; of a template what stands before its first value. */
const textsOf = (code: string): string[] =>
  [...code.matchAll(new RegExp(literal, 'g'))]
    .map(([text]) => text.slice(1, -1).split('${')[0]?.trim() ?? '')
    .filter((text) => /^\p{Lu}/u.test(text))

/** Behind the `>` that ends the tag which begins at `start`. */
function endOfTag(source: string, start: number): number {
  let depth = 0
  for (let at = start; at < source.length; at++) {
    const sign = source[at]
    if (sign === '{') depth++
    else if (sign === '}') depth--
    else if (sign === '>' && depth === 0) return at + 1
  }
  return source.length
}

/** Text between tags, or the texts its expressions may become. */
function wordsIn(children: string): string[] {
  const plain = children
    .replaceAll(/<[^>]*>/g, ' | ')
    .replaceAll(/\{[^{}]*\}/g, ' # ')
    .split('|')
    .map((text) => text.split('#')[0]?.replaceAll(/\s+/g, ' ').trim() ?? '')
    .filter((text) => /^\p{Lu}/u.test(text))
  return plain.length > 0 ? plain : textsOf(children)
}

const sources = new Map<string, string>()
for (const folder of ['features', 'pages'])
  for (const file of new Bun.Glob('**/*.{ts,tsx}').scanSync(`ui/src/${folder}`))
    sources.set(`${folder}/${file}`, await Bun.file(`ui/src/${folder}/${file}`).text())
const actions = [...sources].flatMap(([file, source]) => findActions(file, source))
const buttons = [...sources].flatMap(([file, source]) => findButtons(file, source))

const words = (name: string): string => name.replace(/…$/, '').toLowerCase()
const hasAction = ({ folder, name }: Verb): boolean =>
  actions.some((each) => each.folder === folder && words(each.name).startsWith(words(name)))

/** Said in other words where the button stands alone or the dialog around it says more: the action by its label. */
const otherWords: Record<string, Record<string, string>> = {
  'features/agents/activity-row.tsx': {
    'Show in Changes': 'Show the file of the row',
    'Show in Files': 'Show the file of the row',
    'Copy raw': 'Copy the row as it was printed',
    'Copy link to this row': 'Copy a link to the row',
  },
  'features/agents/agent-actions.tsx': {
    'Previous agent': 'Previous agent',
    'Next agent': 'Next agent',
  },
  'features/agents/agents-tab.tsx': { Wall: 'Show the wall of outputs' },
  'features/agents/raw-view.tsx': { 'Download everything': 'Download log' },
  'features/checkpoints/restore-dialog.tsx': { 'Stop and restore': 'Restore this checkpoint…' },
  'features/checkpoints/checkpoints-pane.tsx': { 'Take one now': 'Take a checkpoint' },
  'features/files/diff-body.tsx': { 'Discard the changes in': 'Discard this change' },
  'features/files/file-viewer.tsx': { 'Back to the list': 'Close this file' },
  'features/files/live-line.tsx': { Reading: 'Refresh the changes' },
  'features/files/talk.tsx': {
    'Comment on line': 'Comment on this line',
    'Add comment': 'Comment on this line',
  },
  'features/files/upload-parts.tsx': { 'Add only the new ones': 'Add files' },
  'features/home/first-run.tsx': { 'Choose repository and team': 'New task' },
  'features/inbox/controls.tsx': { 'Plan again': 'Retry' },
  'features/inbox/inbox-detail.tsx': {
    Done: 'Take it off the inbox',
    'Next:': 'Next row',
  },
  'features/inbox/inbox.tsx': { Undo: 'Take the last one back' },
  'features/plan/approve-bar.tsx': { 'Replan…': 'Replan this task…' },
  'features/plan/edit-bar.tsx': {
    'Add subtask': 'Add a subtask',
    'Undo:': 'Undo the last edit',
    'Redo:': 'Redo the edit',
  },
  'features/plan/edit-dialogs.tsx': {
    'Remove only it': 'Remove the subtask',
    'Remove and join': 'Remove the subtask',
  },
  'features/plan/plan-list.tsx': {
    'Add one after it': 'Add a subtask',
    'Let another run after it…': 'Let another subtask run after this one',
    'Move up': 'Move the subtask up',
    'Move down': 'Move the subtask down',
  },
  'features/plan/subtask-editor.tsx': {
    'Add one after it': 'Add a subtask',
    'Let another run after it…': 'Let another subtask run after this one',
    'Move up': 'Move the subtask up',
    'Move down': 'Move the subtask down',
  },
  'features/plan/versions.tsx': { 'Restore v': 'Compare plan versions' },
  'features/tasks/delivery-bar.tsx': { 'Check now': 'Look at the pull request now' },
  'features/tasks/new-task.tsx': { 'Clear it': 'Clear the draft' },
  'features/tasks/relaunch-dialog.tsx': { 'Create draft': 'Relaunch this task…' },
  'features/tasks/task-asking.tsx': { Save: 'When agents ask you…' },
  'features/tasks/source-fields.tsx': { 'Add token': 'Add an access token' },
  'features/tasks/task-header.tsx': {
    'Cancel task…': 'Cancel this task…',
    'Cancel task': 'Cancel this task…',
    'Delete task…': 'Delete this task…',
  },
  'features/settings/notifications.tsx': { 'Turn on notifications': 'Turn on notifications' },
  'pages/inbox.tsx': { 'Turn on notifications': 'Turn on notifications' },
  'features/tasks/task-name.tsx': { Save: 'Rename this task' },
  'features/templates/credential-dialog.tsx': { Store: 'New credential' },
  'features/templates/repository-memory.tsx': { 'Look now': 'Look at the repository now' },
  'pages/agent-header.tsx': {
    'Close right pane': 'Close the right pane',
    'Open right pane': 'Open the right pane',
  },
  'pages/doctor.tsx': { 'Run again': 'Run the checks again' },
}

/** Only how this browser shows things: how much, how large, what is folded, and the way out of what is open. */
const onlyShows: Record<string, readonly string[]> = {
  'features/access/token-list.tsx': ['Done'],
  'features/agents/agents-tab.tsx': ['Show all agents'],
  'features/agents/raw-view.tsx': ['Copy the lines that are shown'],
  'features/agents/search-bar.tsx': ['Close search'],
  'features/comms/message-row.tsx': ['Show all of it', 'Show less'],
  'features/files/changes-view.tsx': ['Files'],
  'features/files/diff-body.tsx': ['Show'],
  'features/inbox/answered.tsx': ['Show older answers'],
  'features/inbox/inbox.tsx': ['Show more,'],
  'features/settings/appearance.tsx': ['Smaller', 'Larger'],
  'features/shell/connection.tsx': ['Reload'],
  'features/system/restart-notice.tsx': ['Dismiss the note about the restart'],
  'pages/agents.tsx': ['Show all agents'],
  'features/tasks/attached-files.tsx': ['Leave them out', 'Show all'],
  'features/tasks/task-list.tsx': ['Show all tasks'],
  'features/tasks/task-name.tsx': ['Keep the old'],
  'features/timeline/audit-list.tsx': ['Show newer'],
  'features/timeline/gantt.tsx': ['Zoom in', 'Zoom out', 'Show all of it'],
  'features/timeline/timeline.tsx': ['Show the event', 'Show as chart', 'Show as table'],
  'features/usage/cost-tab.tsx': ['Show as chart', 'Show as table'],
}

/** Samples, and pages that stand where there is no palette. */
const outside = [
  'features/access/sign-in.tsx',
  'features/design/gallery.tsx',
  'features/shell/page-failure.tsx',
]

const unmatched = buttons.filter((each) => !outside.includes(each.file) && !hasAction(each))
const isExcused = ({ file, name }: Verb): boolean =>
  otherWords[file]?.[name] !== undefined || (onlyShows[file] ?? []).includes(name)

test('the source is read: pages have many buttons and the palette many actions', () => {
  expect(buttons.length).toBeGreaterThan(150)
  expect(actions.length).toBeGreaterThan(150)
  const names = (file: string): string[] =>
    buttons.filter((each) => each.file === file).map(({ name }) => name)
  expect(names('features/plan/inspector.tsx')).toContain('Edit and retry…')
  expect(names('features/access/token-list.tsx')).toContain('Revoke')
})

test('every button of a page is an action of the palette, in its words', () => {
  const missing = unmatched.filter((each) => !isExcused(each))
  expect(missing.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
})

test('what is said in other words is an action, and its button is still there', () => {
  const labels = new Set(actions.map(({ name }) => name))
  const rows = Object.entries(otherWords).flatMap(([file, each]) =>
    Object.entries(each).map(([name, label]) => ({ file, name, label })),
  )
  expect(rows.filter(({ label }) => !labels.has(label))).toEqual([])
  const shown = Object.entries(onlyShows).flatMap(([file, names]) =>
    names.map((name) => ({ file, name })),
  )
  const isThere = ({ file, name }: { file: string; name: string }): boolean =>
    unmatched.some((each) => each.file === file && each.name === name)
  expect([...rows, ...shown].filter((row) => !isThere(row))).toEqual([])
})

/** What somebody must be able to do from the keyboard alone, by page. */
const verbs: Record<string, readonly string[]> = {
  'features/access': ['Create token', 'Copy the token', 'Revoke', 'Sign out'],
  'features/agents': [
    'Interrupt this agent',
    'Stop this agent…',
    'Message',
    'Send the message',
    'Queue for later what is written',
    'Withdraw the last message',
    'Message the picked agents…',
    'Stop the picked agents…',
    'Retry',
  ],
  'features/checkpoints': [
    'Take a checkpoint',
    'Look at the',
    'All checkpoints',
    'Remove this checkpoint…',
    'Restore this checkpoint…',
    'Fork into new task…',
    'Undo the restore…',
  ],
  'features/files': [
    'Add files',
    'Add folder',
    'Cancel all uploads',
    'Delete this file…',
    'Download all of the',
    'Download this file',
    'Edit this file',
    'Refresh the changes',
    'Save this file',
  ],
  'features/inbox': ['Allow once', 'Allow for this task', 'Deny, with a reason', 'Answer “'],
  'features/plan': ['Approve the plan', 'Retry', 'Edit and retry', 'Skip', 'Send the answers'],
  'features/settings': ['Preview what would be removed', 'Remove it now: what is kept no longer'],
  'features/system': ['Build the image now', 'Remove orphans'],
  'features/tasks': [
    'Answer “',
    'Answer in your words',
    'Cancel this task…',
    'Delete this task…',
    'Edit and retry',
    'Relaunch this task…',
    'Replan this task…',
    'Resume this task',
    'Retry',
    'Skip',
    'Stop this task',
  ],
  pages: ['Copy report', 'Download log', 'Run the checks again'],
}

test.each(Object.entries(verbs))('the palette has the verbs of %s', (folder, expected) => {
  const labels = actions.filter((each) => each.folder === folder).map(({ name }) => name)
  expect(expected.filter((label) => !labels.includes(label))).toEqual([])
})
