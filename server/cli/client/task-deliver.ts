/** Delivers finished work, again or for the first time. */
import { readSecret } from './address.ts'
import { type Call, isSet, optionOf, print, wordOf } from './call.ts'
import { toDetails } from './delivery-options.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { finishOrWatch } from './task-watch.ts'
import { shortId } from './words.ts'

export async function deliverTask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const tokenFile = optionOf(call, 'repo-token-file')
  const answer = await call.api.send<{ message: string }>('POST', `${taskPath(task)}/deliver`, {
    ...toDetails(call),
    ...(isSet(call, 'pr') ? { auto_pr: true } : {}),
    ...(isSet(call, 'keep-commits') ? { auto_commit: false } : {}),
    ...(tokenFile === undefined
      ? {}
      : { access_token: readSecret(tokenFile, call.terminal.cwd, 'token') }),
  })
  return await finishOrWatch(call, task, () =>
    print(call, answer, () => [`${shortId(task.id)}  ${toSafeLine(answer.message)}`]),
  )
}
