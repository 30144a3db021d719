import type { TaskEvent } from '#contract/event.ts'

export type CacheName =
  | 'tasks'
  | 'task'
  | 'plan'
  | 'versions'
  | 'questions'
  | 'recent'
  | 'starts'
  | 'timeline'
  | 'changes'
  | 'checkpoints'
  | 'attention'
  | 'liveAgents'
  | 'inputs'

/** What must be asked for again after an event, as cache and key. */
export function affects(event: TaskEvent): [CacheName, string][] {
  const { type, task_id: id } = event
  // Said by the event itself, many times a minute.
  if (type === 'agent.activity' || type === 'agent.usage' || type === 'source.progress') return []
  if (type === 'agent.input') return event.agent_id ? [['inputs', `${id}/${event.agent_id}`]] : []
  const common: [CacheName, string][] = [
    ['task', id],
    ['tasks', 'active'],
    ['recent', id],
    ['timeline', id],
  ]
  const [noun] = type.split('.')
  // What ends or begins again changes its group.
  if (noun === 'task') common.push(['tasks', 'recent'])
  if (isAboutAttention(type, noun)) common.push(['attention', 'all'])
  if (type === 'task.renamed' || type === 'task.permission-mode') return common
  switch (noun) {
    case 'task':
      return [...common, ['plan', id], ['questions', id], ['liveAgents', 'all'], ['changes', id]]
    case 'planner':
    case 'question':
      return [...common, ['questions', id], ['liveAgents', 'all']]
    case 'permission':
      return [...common, ['liveAgents', 'all']]
    case 'plan':
      return [...common, ['plan', id], ['versions', id], ['questions', id]]
    case 'subtask':
      return [...common, ['plan', id], ['liveAgents', 'all'], ['changes', id]]
    case 'agent':
      return [
        ...common,
        ['liveAgents', 'all'],
        ['plan', id],
        ['starts', id],
        ...(type === 'agent.question' ? [['questions', id] satisfies [CacheName, string]] : []),
      ]
    case 'checkpoint':
      return [...common, ['checkpoints', id]]
    case 'files':
    case 'file':
    case 'source':
    case 'review':
    case 'changes':
      return [...common, ['changes', id]]
    default:
      return common
  }
}

/** What waits for a person is of these, or has to do with them. */
const attentionNouns = new Set([
  'task',
  'planner',
  'question',
  'permission',
  'plan',
  'subtask',
  'follow-up',
])
/** Of an agent's many events only these: it asks, or whoever asked is there no more. */
const attentionTypes = new Set<TaskEvent['type']>([
  'agent.question',
  'agent.restarted',
  'agent.taken-out',
])

/** Whether such an event can change what waits for a person, or what is said of it there. */
const isAboutAttention = (type: TaskEvent['type'], noun = ''): boolean =>
  attentionNouns.has(noun) || attentionTypes.has(type)
