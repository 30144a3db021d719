/**
 * Takes the finished work of a task to where it belongs: one branch, and a pull request if wanted. Every part looks first at what is
 * there, so that it may be asked for again after any interruption: the branch is pushed once, and there is one pull request.
 */
import type { DeliverySettings, PullRequest } from '#contract/delivery.ts'
import { AppError } from '#contract/errors.ts'
import type { Issue } from '#contract/issue.ts'
import type { TaskSource } from '#contract/task.ts'
import { type Forge, ForgeError } from '#forges/forge.ts'
import type { Forges } from '#forges/forges.ts'
import type { GitLogin } from '#git/login.ts'
import type { DeliveryPlan, Destination } from '#workspaces/deliver.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { type LookInput, look } from './look.ts'
import type { DeliveryText } from './text.ts'

export type DeliverInput = {
  taskId: string
  source: TaskSource
  /** The task branch in its own repository. */
  branch: string
  /** What it is called at the remote. */
  workBranch: string
  settings: DeliverySettings
  text: DeliveryText
  login?: GitLogin | undefined
  /** The one of an earlier delivery. */
  pullRequest?: PullRequest | undefined
  signal: AbortSignal
  /** Called with everything as soon as it is so; what it throws ends the delivery. */
  save(progress: DeliveryProgress): void
}

export type DeliveryProgress =
  /** About to be pushed. */
  | { kind: 'planned'; target: string; commit: string; conflicts: string[] }
  | { kind: 'pushed'; commit: string; commits: number; isNew: boolean }
  | { kind: 'pull-request'; pullRequest: PullRequest; isNew: boolean; notes: string[] }

export type DeliveryEnd = { state: 'delivered' | 'unchanged'; target: string }

export type Delivery = {
  /** Throws `delivery.refused` for what a person has to change; everything else may pass. */
  run(input: DeliverInput): Promise<DeliveryEnd>
  /** What the forge says of the pull request now. Throws `ForgeError`, and `delivery.refused` without a token. */
  look(input: LookInput): Promise<PullRequest>
  /** What somebody asks for there. Throws as `look` does. */
  issue(input: IssueInput): Promise<Issue>
}

export type IssueInput = {
  source: TaskSource
  login?: GitLogin | undefined
  settings: Pick<DeliverySettings, 'forge' | 'forge_url'>
  number: number
  signal: AbortSignal
}

/** How often a branch may move between looking and pushing. */
const maxMoves = 3

export function createDelivery({
  workspaces,
  forges,
}: {
  workspaces: Pick<Workspaces, 'planDelivery' | 'pushDelivery'>
  forges: Forges
}): Delivery {
  return {
    async run(input) {
      const destination = toDestination(input)
      const done = await push(workspaces, input, destination)
      if (done.state === 'unchanged') {
        if (input.pullRequest) await refresh(forges, input)
        return done
      }
      if (input.settings.auto_pr) await openPullRequest(forges, input, done.target)
      return done
    },
    look: async (input) => await look(await openForge(forges, input), input),
    issue: async (input) => await (await openForge(forges, input)).issue(input.number),
  }
}

function toDestination({ source, login, signal }: DeliverInput): Destination {
  if (source.kind === 'empty' || source.kind === 'files')
    throw refused('There is no repository to deliver to: this task did not start from one.')
  return { source, login, signal }
}

async function push(
  workspaces: Pick<Workspaces, 'planDelivery' | 'pushDelivery'>,
  { taskId, branch, workBranch, settings, text, save }: DeliverInput,
  destination: Destination,
): Promise<DeliveryEnd> {
  for (let move = 0; move < maxMoves; move++) {
    const plan = await workspaces.planDelivery({
      ...{ taskId, branch, workBranch, ...destination, target: settings.pr_target },
      message: settings.auto_commit ? text.message : undefined,
    })
    const { target } = plan
    if (plan.kind === 'unchanged') return { state: 'unchanged', target }
    if (plan.kind !== 'ready') throw stuck(plan, workBranch)
    const { commit, present, commits, conflicts } = plan
    save({ kind: 'planned', target, commit, conflicts })
    const isNew = present !== commit
    const input = { taskId, ...destination, workBranch, commit, present }
    if (isNew && !(await workspaces.pushDelivery(input))) continue
    save({ kind: 'pushed', commit, commits, isNew })
    return { state: 'delivered', target }
  }
  throw refused(
    `The branch "${workBranch}" kept changing at the remote while it was being delivered. Deliver again when it is quiet.`,
  )
}

function stuck(
  plan: Extract<DeliveryPlan, { kind: 'taken' | 'conflict' }>,
  workBranch: string,
): AppError {
  if (plan.kind === 'taken')
    return refused(
      `The repository has a branch "${workBranch}" that is not this task's. Choose another name (work_branch), or remove that branch, and deliver again.`,
    )
  return new AppError(
    'delivery.refused',
    `Somebody changed the branch "${workBranch}" in the same lines as this task, in ${plan.paths.join(', ')}. Choose another name (work_branch), or take their changes back, and deliver again.`,
    { details: { conflicts: plan.paths } },
  )
}

async function openForge(
  forges: Forges,
  input: Pick<DeliverInput, 'source' | 'login' | 'signal'> & {
    settings: Pick<DeliverySettings, 'forge' | 'forge_url'>
  },
): Promise<Forge> {
  const { source, login, settings, signal } = input
  const token = tokenOf(login)
  if (source.kind !== 'git' || token === undefined)
    throw refused(
      'A forge is asked with the https address of the repository and an access token: try again with one.',
    )
  const { forge, forge_url } = settings
  return await forges.open({ url: source.url, token, forge, forge_url, signal })
}

/** What an API takes for a token. Where a name belongs to it, both go together, as Bitbucket Cloud wants them. */
function tokenOf(login: GitLogin | undefined): string | undefined {
  if (typeof login !== 'object') return login
  return 'password' in login ? `${login.username}:${login.password}` : undefined
}

async function openPullRequest(forges: Forges, input: DeliverInput, target: string): Promise<void> {
  const { workBranch, settings, text, save } = input
  await explained(async () => {
    const forge = await openForge(forges, input)
    const branches = { head: workBranch, base: target }
    const present = await forge.find(branches)
    const isDraft = settings.pr_draft
    const pull = present
      ? await forge.update(present.number, text)
      : await forge.open({ ...branches, ...text, isDraft })
    // First of all that there is one: what follows can fail.
    save({ kind: 'pull-request', pullRequest: pull, isNew: !present, notes: [] })
    const notes = await addPeople(forge, pull.number, settings)
    if (notes.length > 0) save({ kind: 'pull-request', pullRequest: pull, isNew: false, notes })
  })
}

/** Reviewers and labels: that one is not known does not undo a delivery. */
async function addPeople(
  forge: Forge,
  number: number,
  { pr_reviewers, pr_labels }: DeliverySettings,
): Promise<string[]> {
  const labels = pr_labels.length > 0 ? await forge.label(number, pr_labels) : []
  const people = pr_reviewers.length > 0 ? await forge.invite(number, pr_reviewers) : []
  return [...people, ...labels]
}

/** Nothing to push any more: what has become of its pull request, for example that it was merged. */
async function refresh(forges: Forges, input: DeliverInput): Promise<void> {
  const { pullRequest, save } = input
  if (!pullRequest) return
  await explained(async () => {
    const forge = await openForge(forges, input)
    const now = await forge.get(pullRequest.number)
    save({ kind: 'pull-request', pullRequest: { ...pullRequest, ...now }, isNew: false, notes: [] })
  })
}

/** A forge's no is final until a person changes something; its troubles pass. */
async function explained(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    if (error.reason === 'unreachable') throw error
    throw new AppError('delivery.refused', error.message, {
      cause: error,
      details: { reason: error.reason },
    })
  }
}

const refused = (sentence: string): AppError => new AppError('delivery.refused', sentence)
