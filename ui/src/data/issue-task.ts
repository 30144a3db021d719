/** A prompt that begins with the address of an issue is a task of that issue. */
import { type CreateFromIssue, type CreateTask, Task } from '#contract/task.ts'
import { api, ask } from './api.ts'

type FromIssue = Omit<CreateTask, 'name'> & Pick<CreateFromIssue, 'issue_url'> & { name?: string }

/** Undefined when the first line is anything else than such an address. The rest is what the person adds. */
export function toFromIssue({ name, prompt, ...rest }: CreateTask): FromIssue | undefined {
  const [first = '', ...more] = prompt.split('\n')
  const address = first.trim()
  if (!/^https?:\/\/[^\s/]+\/\S+\/(issues|work_items)\/\d+([/?#]\S*)?$/i.test(address))
    return undefined
  // A name made of the address says less than the issue's title.
  const own = address.startsWith(name.replace(/…$/, '')) ? {} : { name }
  return { ...rest, ...own, prompt: more.join('\n').trim(), issue_url: address }
}

export const issueApi = {
  createFromIssue: (input: FromIssue) =>
    ask(Task, '/api/tasks/from-issue', { method: 'POST', body: input }),
}

export const createTask = (input: CreateTask): Promise<Task> => {
  const issue = toFromIssue(input)
  return issue ? issueApi.createFromIssue(issue) : api.create(input)
}
