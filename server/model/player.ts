/** Decides what to say to a request: the story's next step, its trouble, a summary, or a plain answer. */
import { type Answer, StoryError, type TokenUsage, toAnswer, toParts } from './answer.ts'
import { type ModelRequest, unknownAgent } from './request.ts'
import { type Part, type Story, say, type Trouble } from './story.ts'
import { toSummary } from './summary.ts'

type ErrorTrouble = Extract<Trouble, { kind: 'error' }>

export type Reply =
  | { kind: 'answer'; answer: Answer }
  | ({ kind: 'error' } & Pick<ErrorTrouble, 'status' | 'message' | 'headers'>)
  | { kind: 'usage-limit'; untilMs: number }
  | { kind: 'hang' }

export type Player = (request: ModelRequest, promptTokens: number) => Reply

export function createPlayer(options: {
  stories: Story[]
  newId: (prefix: string) => string
  now: () => number
}): Player {
  const spent = new Map<string, number>()
  const cached = new Map<string, number>()

  /** Whether a trouble of this step still has to happen; counts it when it does. */
  const isDue = (request: ModelRequest, trouble: Trouble): boolean => {
    if (trouble.kind === 'usage-limit') return trouble.untilMs > options.now()
    const { sessionId, agent, step, prompt } = request
    const key = [sessionId, agent, step, Bun.hash(prompt)].join(' ')
    const times = spent.get(key) ?? 0
    if (times >= trouble.times) return false
    spent.set(key, times + 1)
    return true
  }

  const countPrompt = (
    request: ModelRequest,
    tokens: number,
  ): Omit<TokenUsage, 'output_tokens'> => {
    const before = cached.get(request.sessionId) ?? 0
    cached.set(request.sessionId, tokens)
    // A conversation that shrank was compacted: nothing of it is in the cache.
    const read = before <= tokens ? before : 0
    const fresh = Math.min(tokens - read, 6)
    return {
      input_tokens: fresh,
      cache_creation_input_tokens: tokens - read - fresh,
      cache_read_input_tokens: read,
    }
  }

  return (request, promptTokens) => {
    const prompt = countPrompt(request, promptTokens)
    const { newId } = options
    if (request.kind === 'compaction') {
      const summary = say(toSummary(request, filesOf(request)))
      return { kind: 'answer', answer: toAnswer([summary], request, { prompt, newId }) }
    }
    const parts = findParts(options.stories, request)
    const answer = toAnswer(parts, request, { prompt, newId })
    const { trouble } = answer
    if (!trouble || !isDue(request, trouble)) return { kind: 'answer', answer: whole(answer) }
    if (trouble.kind === 'error') return trouble
    if (trouble.kind === 'usage-limit') return trouble
    if (trouble.kind === 'hang' && trouble.where === 'headers') return { kind: 'hang' }
    return { kind: 'answer', answer }
  }
}

/** What the agent wrote and edited. */
function filesOf({ results }: ModelRequest): string[] {
  const paths = results
    .filter(({ name }) => name === 'Write' || name === 'Edit')
    .map(({ input }) => String(input.file_path))
  return [...new Set(paths)]
}

function findParts(stories: Story[], request: ModelRequest): Part[] {
  for (const story of stories) {
    const steps = story(request)
    if (steps) return toParts(steps, request)
  }
  return [say(plainAnswer(request))]
}

function whole({ trouble: _over, ...answer }: Answer): Answer {
  if (answer.blocks.length === 0)
    throw new StoryError('A step has nothing to say once its trouble is over.')
  return answer
}

function plainAnswer({ agent, prompt }: ModelRequest): string {
  const [line = ''] = prompt.trim().split('\n')
  const asked = line.length > 120 ? `${line.slice(0, 119)}…` : line
  if (agent === unknownAgent)
    return `I have read your request${asked ? `: “${asked}”` : ''}. I am a scripted model: I play prepared stories, and this is not part of one. Nothing was changed.`
  return `Understood${asked ? `: “${asked}”` : ''}. My part of the work is done, so nothing else was changed.`
}
