/**
 * The demo: a team writes "Moon postcards", a small real program, in real containers. The planner asks one question whose
 * answer changes the code; the plan is a diamond; one agent's first test run really fails.
 */
import type { CreateTask } from '#contract/task.ts'
import { type ModelRequest, plannerAgent } from '#model/request.ts'
import {
  answer,
  call,
  type Parts,
  type Step,
  type Story,
  say,
  speed,
  think,
  wait,
  write,
} from '#model/story.ts'
import { moonFiles, type Place } from './moon/files.ts'
import { question, toPlace, toPlan } from './moon/plan.ts'
import { scripts } from './moon/scripts.ts'

export const demoTask = {
  name: 'Moon postcards',
  prompt:
    'Write "Moon postcards": a small command-line program that draws tonight’s moon as a postcard, with characters only. It should show the real phase of any day, stars around it, and a greeting. Plain JavaScript for Node without dependencies, with tests.',
  source: { kind: 'empty' },
  mode: 'parallel',
} as const satisfies Partial<CreateTask>

/** What must be true of the merged result. */
export const verifyDemo = {
  /** In the root of the merged tree; exits 0. */
  testCommand: ['node', '--test'],
  files: [...Object.keys(moonFiles), 'src/place.js', 'README.md'],
  /** Prints a card that contains the place's name. */
  runCommand: ['node', 'postcard.js', '2026-12-24'],
  /** What `klaudio demo --once` answers, and what of it shows in the code. */
  answer: 'From Wellington, in the southern hemisphere',
  answerShows: { path: 'src/place.js', contains: ['Wellington', 'south'] },
  subtasks: Object.keys(scripts),
}

/** `pace` 1 is for people to watch (about a minute in all), 0 is as fast as the machine. */
export function demoStory({ pace = 1 }: { pace?: number } = {}): Story {
  return (request) => {
    const steps = findScript(request)
    return steps?.map((step) => watchable(heedful(step), pace))
  }
}

function findScript(request: ModelRequest): Step[] | undefined {
  const { agent, prompt, round } = request
  if (agent === plannerAgent) {
    if (round > 1) return planning(toPlace(prompt))
    return prompt.includes(demoTask.prompt) ? asking : otherTask(request)
  }
  if (round > 1) return undefined
  if (agent === 'note') return noteScript
  return Object.hasOwn(scripts, agent) ? scripts[agent] : undefined
}

const asking: Step[] = [
  [
    think(
      'A postcard of the moon. Let me see what the repository holds before I decide how to split the work.',
    ),
    say('I look at the repository first.'),
    call('Glob', { pattern: '**/*' }),
  ],
  [
    think(
      'Nothing to build on, so the team starts from scratch. One thing I cannot know: from where the moon is seen. It decides which side is lit, so it changes the code.',
    ),
    answer(question),
  ],
]

const planning = (place: Place): Step[] => [
  [
    think(
      `${place.name}, ${place.hemisphere} of the equator. The phase, the disc and the stars do not need each other: three agents at once, after a common board, and one to join them.`,
    ),
    answer(toPlan(place)),
  ],
]

/** Any other task gets the smallest honest plan. */
function otherTask({ round }: ModelRequest): Step[] | undefined {
  if (round > 1) return undefined
  return [
    [
      think('This is not the demo’s task, and I only know prepared stories.'),
      answer({
        kind: 'plan',
        plan: {
          analysis:
            'The demo’s model plays prepared stories. It cannot work on this task, but it can show how one runs.',
          subtasks: [
            {
              id: 'note',
              name: 'Leave a note',
              prompt:
                'Write NOTE.md: what was asked, and that the demo’s model cannot do it. For real work start klaudio with your own credentials.',
            },
          ],
        },
      }),
    ],
  ]
}

const noteScript: Step[] = [
  [
    say('I leave a note.'),
    write(
      'NOTE.md',
      '# A note from the demo\n\nThis task was given to the scripted model of `klaudio demo`, which only plays prepared stories.\nStart `klaudio` with your own Claude credentials for real work.\n',
    ),
  ],
  say('NOTE.md says what happened here.'),
]

/** A message that reaches an agent at work is answered in its next words. */
function heedful(step: Step): Step {
  return (request) => {
    const parts = [typeof step === 'function' ? step(request) : step].flat()
    const [heard] = request.steering
    if (heard === undefined) return parts
    const firstWords = parts.findIndex((part) => part.type !== 'thinking')
    const reply = say(
      `You wrote: “${heard.trim().slice(0, 200)}”. I keep it in mind; my script goes on as written.`,
    )
    return parts.toSpliced(firstWords, 0, reply)
  }
}

function watchable(step: Step, pace: number): Step {
  if (pace <= 0) return step
  return (request): Parts => {
    const parts = [typeof step === 'function' ? step(request) : step].flat()
    return [wait(800 * pace), speed(420 / pace), ...parts]
  }
}
