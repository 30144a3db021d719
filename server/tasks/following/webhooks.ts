/** What forges send by themselves: pull requests are looked at sooner, and issues with the template's label become tasks. */
import { createHash } from 'node:crypto'
import type { DeliverySettings } from '#contract/delivery.ts'
import { AppError, isNoRoom, toMessage } from '#contract/errors.ts'
import type { WebhookAnswer, WebhookReceipt } from '#contract/webhook.ts'
import { findDelivery, listFollowed } from '#db/deliveries.ts'
import { findRepoTemplate, type RepoTemplateRow } from '#db/repo-templates.ts'
import { findTask } from '#db/tasks.ts'
import { bodyKey, forgetBodies, isMarked, issueKey, keepReceipt, mark } from '#db/webhooks.ts'
import { type Notice, readNotice } from '#delivery/notices.ts'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { Desk } from '#tasks/desk.ts'
import { isSame, readIssue } from '#tasks/from-issue.ts'
import { createTask } from '#tasks/lifecycle.ts'
import type { Follower } from './follower.ts'

export type Webhook = {
  header: (name: string) => string | undefined
  /** Its body, which nobody needs where there is no secret. */
  read: () => Promise<Uint8Array>
}

export type WebhookVerbs = {
  /**
   * Throws `template.not-found` where the template is not there or takes none, `auth.refused` for a wrong signature, and for an issue what
   * `createFromIssue` throws; then it can be sent again.
   */
  takeWebhook(templateId: string, sent: Webhook): Promise<WebhookAnswer>
}

const repeated: WebhookAnswer = { effect: 'repeated' }

/** After so long, what is sent again makes us look again, which does no harm. */
const bodiesKeptMs = 7 * 24 * 60 * 60_000

export function createWebhooks(desk: Desk, follower: Pick<Follower, 'soon'>): WebhookVerbs {
  const { db, clock, vault } = desk
  const queue = createKeyedQueue()

  const act = async (template: RepoTemplateRow, notice: Notice): Promise<WebhookAnswer> => {
    const isWork = notice.issue !== undefined && template.issueLabel !== null
    if (isWork) return await fromIssue(template, notice.issue ?? 0)
    const looked = concerned(desk, template, notice).filter(follower.soon)
    return { effect: looked.length > 0 ? 'look' : 'none' }
  }
  const fromIssue = async (
    { id: templateId, url, issueLabel }: RepoTemplateRow,
    number: number,
  ): Promise<WebhookAnswer> => {
    const key = issueKey(number)
    if (isMarked(db, { templateId, key })) return repeated
    const { issue, task: input } = await readIssue(desk, {
      ...{ issue_url: `${url.replace(/(\.git)?\/*$/, '')}/issues/${number}`, prompt: '' },
      ...{ repo_template_id: templateId, source: { kind: 'empty' }, limits: {}, output_files: [] },
      ...{ auto_start: true, auto_approve: false },
    })
    if (!issue.is_open || !issue.labels.some((label) => label === issueLabel))
      return { effect: 'none' }
    const taskId = createTask(desk, input, (tx) => mark(tx, { templateId, key }, clock.now()))
    return { effect: 'task', task_id: taskId }
  }

  const receive = (
    templateId: string,
    { effect, task_id: taskId, error }: Omit<WebhookReceipt, 'received_at'>,
  ): void => {
    // Deleted meanwhile: there is nothing to show it with.
    if (!findRepoTemplate(db, templateId)) return
    const receivedAt = clock.now()
    const row = { templateId, receivedAt, effect, taskId: taskId ?? null, error: error ?? null }
    keepReceipt(db, row)
  }
  const acted = async (template: RepoTemplateRow, notice: Notice): Promise<WebhookAnswer> => {
    try {
      return await act(template, notice)
    } catch (error) {
      if (!isNoRoom(error)) receive(template.id, { effect: 'failed', error: toMessage(error) })
      throw error
    }
  }

  return {
    async takeWebhook(templateId, { header, read }) {
      const template = findRepoTemplate(db, templateId)
      if (!template?.webhookSecretId)
        throw new AppError('template.not-found', 'No repository template takes webhooks here.')
      const { url, webhookSecretId } = template
      const settings: DeliverySettings = template.delivery
      const body = await read()
      const secret = vault.open(webhookSecretId)
      const notice = readNotice({ url, settings, secret }, { header, body })
      // By what is signed: the number that forges give a delivery stands beside it, where anybody could change it.
      const key = bodyKey(createHash('sha256').update(body).digest('hex'))
      return await queue.run(templateId, async () => {
        const isRepeated = isMarked(db, { templateId, key })
        const answer = isRepeated ? repeated : await acted(template, notice)
        receive(templateId, answer)
        if (isRepeated || answer.effect === 'none') return answer
        forgetBodies(db, clock.now() - bodiesKeptMs)
        mark(db, { templateId, key }, clock.now())
        return answer
      })
    },
  }
}

/** Tasks of that repository whose pull request, branch or commit it names. */
function concerned({ db }: Desk, { url }: RepoTemplateRow, notice: Notice): string[] {
  return listFollowed(db)
    .map(({ taskId }) => taskId)
    .filter((taskId) => {
      const source = findTask(db, taskId)?.source
      const row = findDelivery(db, taskId)
      if (source?.kind !== 'git' || !isSame(source.url, url) || !row) return false
      const { branch, pushedCommit, pullRequest } = row
      return [branch, pushedCommit, pullRequest?.url].some((what) => what && notice.names(what))
    })
}
