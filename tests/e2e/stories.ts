/** What the scripted model does in the tasks of the browser tests. */
import { answer, bash, fail, type Parts, type Step, say, write } from '#model/story.ts'
import { inTask, planned, toPlan } from '../support/product-model.ts'

/** Fails for good, unless a person has improved the prompt. */
const picture: Step = ({ prompt }): Parts =>
  prompt.includes('with a pencil')
    ? write('picture.txt', '(a picture)\n')
    : fail(400, { message: 'No brush will do' })

export const stories = [
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
