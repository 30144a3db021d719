/** What the scripted model does in the tasks of the browser tests. */
import type { ModelRequest } from '#model/request.ts'
import {
  answer,
  bash,
  call,
  fail,
  type Part,
  type Parts,
  type Step,
  type Story,
  say,
  write,
} from '#model/story.ts'
import { inTask, planned, toPlan } from '../support/product-model.ts'
import { teamStory } from './team-story.ts'

/** Fails for good, unless a person has improved the prompt. */
const picture: Step = ({ prompt }): Parts =>
  prompt.includes('with a pencil')
    ? write('picture.txt', '(a picture)\n')
    : fail(400, { message: 'No brush will do' })

const tool = (verb: string, input: object): Part => call(`mcp__team__${verb}`, { ...input })

/** Directs whoever can begin, and never says of anything that it is right. */
function direct({ results, body }: ModelRequest): Part {
  const isDirected = (worker: string): boolean =>
    results.some(({ name, input }) => name.endsWith('write_directive') && input.worker === worker)
  const isMerged = JSON.stringify(body.messages).includes('[WORKER_COMPLETED] back')
  const next = ['front', 'back', ...(isMerged ? ['check'] : [])].find((one) => !isDirected(one))
  return next ? tool('write_directive', { worker: next, text: 'Begin.' }) : say('I wait.')
}

/**
 * A team that comes to rest at everything that only a person decides: a conflict of which the resolver keeps one side without a word, a
 * reviewer that is not content, a manager that approves nothing.
 */
const undecidedTeam: Story = (request) => {
  const { agent, prompt, step, body } = request
  if (!JSON.stringify(body.messages).includes('undecided team')) return undefined
  const done = [tool('report_done', { summary: 'It is done.' }), say('Done.')]
  switch (agent) {
    case 'planner':
      return [
        toPlan([
          { id: 'front', name: 'The front' },
          { id: 'back', name: 'The back' },
          { id: 'check', name: 'The check', agent_role: 'reviewer' },
        ]),
      ]
    case 'manager':
      return [...Array<Part>(step).fill(say('Before.')), direct(request)]
    case 'front':
      if (prompt.includes('In blue')) return [bash('echo blue >> page.txt'), ...done]
      return [bash('echo front > page.txt'), ...done]
    case 'back':
      return [bash('echo back > page.txt'), ...done]
    case 'resolver':
      return [bash('echo front > page.txt'), ...done]
    case 'check': {
      const isAgain = prompt.includes('The review before this one')
      const what = 'The page has no number.'
      const verdict = isAgain
        ? { verdict: 'approved', summary: 'Right.' }
        : { verdict: 'needs_fix', summary: 'Not yet.', findings: [{ to: 'front', what }] }
      return [tool('submit_review', verdict), say('That is my verdict.')]
    }
    default:
      return undefined
  }
}

/** In the repository of every forge of the stage: long enough for two changes that stand apart. */
export const guide = Array.from(
  { length: 30 },
  (_, line) => `Line ${line + 1} of the guide.\n`,
).join('')

/** Writes what a person then reviews; mends the line that was commented on, what a check names, and what a reviewer asks for. */
const guideStory = (name: string): Story => {
  const first = inTask(name, {
    planner: planned([{ id: 'guide', name: 'The guide', files_involved: ['guide.md'] }]),
    subtasks: {
      guide: [
        bash("sed -i -e '1s/.*/# The giude/' -e '28s/.*/A last word nobody wants./' guide.md"),
        write('scratch.txt', 'not for others\n'),
        say('The guide has a title.'),
      ],
    },
  })
  const mended: [asked: string, command: string][] = [
    ['It is spelt guide', "sed -i '1s/.*/# The guide/' guide.md"],
    ['Line 2 has no full stop', "sed -i '2s/.*/Line two of the guide!/' guide.md"],
    ['Say who it is for', "sed -i '3s/.*/It is for beginners./' guide.md"],
  ]
  return (request) => {
    // Asked again in its own conversation, or a new agent that is told everything: the last of it counts.
    const asked = mended.findLast(([words]) => request.prompt.includes(words))
    return request.agent === 'guide' && asked ? [bash(asked[1]), say('Mended.')] : first(request)
  }
}

export const stories = [
  teamStory,
  undecidedTeam,
  guideStory('guide for github'),
  guideStory('guide for gitlab'),
  inTask('newsletter', {
    planner: [
      [
        answer({
          kind: 'questions',
          questions: [
            {
              text: 'Which colour has the cover?',
              suggestions: ['Green', 'Blue'],
            },
          ],
        }),
      ],
      [
        toPlan([
          { id: 'cover', name: 'The cover' },
          { id: 'words', name: 'The words', depends_on: ['cover'] },
          { id: 'picture', name: 'The picture', depends_on: ['cover'] },
          { id: 'binding', name: 'The binding', depends_on: ['words', 'picture'] },
        ]),
      ],
    ],
    subtasks: {
      cover: [bash('echo green > cover.txt'), say('The cover is green.')],
      words: [
        bash('echo "<b>Hello</b> & welcome" > words.html'),
        bash('cat words.html'),
        say('The words are written.'),
      ],
      picture: [picture, say('Drawn.')],
      binding: [bash('cat cover.txt words.html picture.txt > letter.html'), say('Bound.')],
    },
  }),
  inTask('wary agent', {
    planner: planned([{ id: 'letter', name: 'A letter' }]),
    subtasks: {
      letter: [
        bash('touch allowed.txt'),
        bash('touch refused.txt'),
        bash('touch unasked.txt'),
        say('The letter is written.'),
      ],
    },
  }),
  inTask('two notes', {
    planner: planned([
      { id: 'first', name: 'The first note' },
      { id: 'second', name: 'The second note', depends_on: ['first'] },
    ]),
    subtasks: {
      first: [write('first.md', '# <b>First</b>\n'), say('The first is written.')],
      second: [write('second.md', '# Second\n'), say('The second is written.')],
    },
  }),
  inTask('pocket diary', {
    planner: planned([
      { id: 'paper', name: 'The paper' },
      { id: 'ink', name: 'The ink', depends_on: ['paper'] },
    ]),
    subtasks: {
      paper: [bash('touch page.txt'), say('Cut.')],
      ink: [say('Filled in.')],
    },
  }),
  inTask('one quick note', {
    planner: planned([{ id: 'note', name: 'A note' }]),
    subtasks: { note: [write('NOTE.md', '# A note\n'), say('Noted.')] },
  }),
]
