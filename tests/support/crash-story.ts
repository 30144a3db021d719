/** The run that crash tests break: a question, three workers at once, and one that joins what they made. */
import { answer, bash, type Step, type Story, say, speed } from '#model/story.ts'
import { inTask, toPlan } from './product-model.ts'

export const workers = ['one', 'two', 'three'] as const
/** Every subtask, in dependency order. */
export const subtaskIds = [...workers, 'join'] as const

/** What the branch holds in the end. */
export const finalFiles: Record<string, string> = {
  ...Object.fromEntries(workers.map((id) => [`${id}.txt`, `${id} a\n${id} b\n`])),
  'join.txt': workers.map((id) => `${id} a\n${id} b\n`).join(''),
}

/**
 * Has a question only with `shows`. Each worker prints enough for a kill to fall into it. With `shows` a step that is done twice shows in the files; without, it
 * may be done twice, as the last moment before the SIGKILL of an agent can be.
 */
export function crashStory(task: string, { shows }: { shows: boolean }): Story {
  const put = shows
    ? (file: string, lines: readonly string[]) => `echo '${lines.at(-1)}' >> ${file}`
    : (file: string, lines: readonly string[]) => `printf '%s\\n' '${lines.join("' '")}' > ${file}`
  const work = (id: string): Step[] => [
    bash(`seq 1 2000; ${put(`${id}.txt`, [`${id} a`])}; sleep 0.2`),
    [
      speed(2000),
      say(`The first half of ${id} is there. `.repeat(20)),
      bash(`seq 1 500; ${put(`${id}.txt`, [`${id} a`, `${id} b`])}`),
    ],
    [speed(2000), say(`${id} is written. `.repeat(20))],
  ]
  const ask = [answer({ kind: 'questions', questions: [{ text: 'Which way?' }] })]
  const plan = [
    toPlan([...workers.map((id) => ({ id })), { id: 'join', depends_on: [...workers] }]),
  ]
  return inTask(task, {
    planner: shows ? [ask, plan] : [plan],
    subtasks: {
      ...Object.fromEntries(workers.map((id) => [id, work(id)])),
      join: [bash(`cat one.txt two.txt three.txt ${shows ? '>>' : '>'} join.txt`), say('Joined.')],
    },
  })
}
