/** A manager, two workers and a reviewer who all need a person: a question, a permission, a verdict. */
import type { ModelRequest } from '#model/request.ts'
import { answer, bash, call, type Part, type Story, say } from '#model/story.ts'
import { toPlan } from '../support/product-model.ts'

const task = 'anthology'
const workers = ['poem', 'print']
const tool = (verb: string, input: object = {}): Part => call(`mcp__team__${verb}`, { ...input })

const planner: Part[] = [
  answer({
    kind: 'questions',
    questions: [{ text: 'Whose poems are these?', suggestions: ['Children', 'Sailors'] }],
  }),
  toPlan([
    { id: 'poem', name: 'The poem', agent_role: 'writer' },
    { id: 'print', name: 'The print', agent_role: 'printer' },
    { id: 'review', name: 'The reading', agent_role: 'reviewer' },
  ]),
]

/** What comes next follows from what it has done and heard, however its messages came. */
function manage({ results, body }: ModelRequest): Part {
  const did = (verb: string, worker?: string): boolean =>
    results.some(
      ({ name, input }) =>
        name === `mcp__team__${verb}` && (worker === undefined || input.worker === worker),
    )
  const heard = (words: string): boolean => JSON.stringify(body.messages).includes(words)
  const next = workers.find((worker) => !did('write_directive', worker))
  if (next) return tool('write_directive', { worker: next, text: `Take care of the ${next}.` })
  if (heard('[WORKER_BLOCKED] print')) {
    if (!did('ask_user')) return tool('ask_user', noPaper)
    if (!did('send_message')) return tool('send_message', { to: 'print', text: 'Use linen.' })
  }
  if (!workers.every((worker) => heard(`[WORKER_COMPLETED] ${worker}`)))
    return tool('wait_for_messages')
  if (!did('write_directive', 'review'))
    return tool('write_directive', { worker: 'review', text: 'Read it aloud.' })
  if (!heard('[WORKER_COMPLETED] review')) return tool('wait_for_messages')
  return did('approve')
    ? say('The anthology is whole.')
    : tool('approve', { summary: 'A fine book.' })
}

const noPaper = {
  question: 'The printer has no paper. What shall it print on?\n\nLinen is there, and <b>bark</b>.',
  options: ['On linen', 'On bark'],
}

const work: Record<string, Part[]> = {
  poem: [
    tool('ask_user', { question: 'Shall it rhyme?', options: ['It rhymes', 'It does not'] }),
    bash('echo "The sea, the key" > poem.txt'),
    tool('report_done', { summary: 'It rhymes.' }),
    say('Written.'),
  ],
  print: [
    tool('report_blocked', { reason: 'There is no paper.' }),
    bash('touch press.txt'),
    tool('send_message', { to: 'manager', text: 'The press is warm.' }),
    tool('report_done', { summary: 'Ink on linen.' }),
    say('Printed.'),
  ],
  review: [
    tool('submit_review', {
      verdict: 'needs_fix',
      summary: 'The last line limps.',
      findings: [{ to: 'poem', what: 'One foot too many.', path: 'poem.txt', line: 1 }],
    }),
    say('That is my verdict.'),
  ],
}

/** After the review. */
const improve: Part[] = [
  bash('echo "The wave, the brave" >> poem.txt'),
  tool('report_done', { summary: 'It limps less.' }),
  say('Better.'),
]

export const teamStory: Story = (request) => {
  const { agent, body, round, step } = request
  if (!JSON.stringify(body.messages).includes(task)) return undefined
  if (agent === 'planner') return planner.slice(round - 1, round)
  if (agent === 'manager') return [...Array<Part>(step).fill(say('Before.')), manage(request)]
  return agent === 'poem' && round > 1 ? improve : work[agent]
}
