/** Carries out the commands that talk to a server. Loaded only for them, and loads nothing of the server itself. */
import type { ClientCommand } from '#cli/arguments.ts'
import type { ClientCommandName } from '#cli/client-commands.ts'
import { exitCodes } from '#cli/exit-codes.ts'
import { findServer } from './address.ts'
import { listAgents } from './agent-list.ts'
import { openShell } from './agent-shell.ts'
import {
  changeModel,
  freezeAgent,
  freezeTask,
  restartAgent,
  takeOut,
  unfreezeAgent,
  unfreezeTask,
} from './agent-steer.ts'
import { createApi } from './api.ts'
import { type Handler, optionOf } from './call.ts'
import { diffCheckpoint, listCheckpointFiles } from './checkpoint-inside.ts'
import {
  listCheckpoints,
  removeCheckpoint,
  showCheckpoint,
  takeCheckpoint,
} from './checkpoint-verbs.ts'
import {
  addCredential,
  listCredentials,
  removeCredential,
  testCredential,
} from './credential-verbs.ts'
import { Failure } from './failure.ts'
import {
  dismissFollowUp,
  listFollowUps,
  lookAtPullRequest,
  sendFollowUp,
} from './follow-up-verbs.ts'
import { createPaint } from './paint.ts'
import { allow, deny, listPermissions } from './permission-verbs.ts'
import {
  createRepo,
  exportRepo,
  importRepo,
  listRepos,
  lookAtRepo,
  removeRepo,
  repoWebhook,
  showRepo,
  testRepo,
} from './repo-verbs.ts'
import { forkCheckpoint, previewRestore, restoreCheckpoint } from './restore-verbs.ts'
import { addComment, discardFile, listComments, sendComments } from './review-verbs.ts'
import { clearSetups, listSetups, repoEnvironment, repoSetup } from './setup-verbs.ts'
import { acceptWork, askForChanges, resolveConflict } from './stand-in.ts'
import { answerTask } from './task-answer.ts'
import { showCost } from './task-cost.ts'
import { createTask } from './task-create.ts'
import { deliverTask } from './task-deliver.ts'
import { diffTask } from './task-diff.ts'
import { getFile, listFiles } from './task-files.ts'
import { listTasks } from './task-list.ts'
import { showLogs } from './task-logs.ts'
import { interruptAgent, messageAgent, messageTask, stopAgent } from './task-message.ts'
import { openTask } from './task-open.ts'
import { setupOfTask } from './task-setup.ts'
import { showPlan, showTask } from './task-show.ts'
import {
  approveTask,
  cancelTask,
  deleteTask,
  relaunchTask,
  replanTask,
  resumeTask,
  retrySubtask,
  setTask,
  skipSubtask,
  startTask,
  stopTask,
} from './task-verbs.ts'
import { watchTask } from './task-watch.ts'
import { exportTeam, importTeam, listTeams, removeTeam, showTeam } from './team-verbs.ts'
import { Closed, type Terminal } from './terminal.ts'
import { removeWebhook, setWebhook, showWebhook, testWebhook } from './webhook-verbs.ts'

const handlers: Readonly<Record<ClientCommandName, Handler>> = {
  'task create': createTask,
  'task list': listTasks,
  'task show': showTask,
  'task plan': showPlan,
  'task cost': showCost,
  'task watch': watchTask,
  'task start': startTask,
  'task answer': answerTask,
  'task approve': approveTask,
  'task replan': replanTask,
  'task stop': stopTask,
  'task resume': resumeTask,
  'task deliver': deliverTask,
  'task setup': setupOfTask,
  'task relaunch': relaunchTask,
  'task set': setTask,
  'task cancel': cancelTask,
  'task accept': acceptWork,
  'task changes': askForChanges,
  'task resolve': resolveConflict,
  'task retry': retrySubtask,
  'task skip': skipSubtask,
  'task message': messageTask,
  'task delete': deleteTask,
  'task files list': listFiles,
  'task files get': getFile,
  'task diff': diffTask,
  'task comment list': listComments,
  'task comment add': addComment,
  'task comment send': sendComments,
  'task discard': discardFile,
  'task logs': showLogs,
  'task open': openTask,
  'checkpoint list': listCheckpoints,
  'checkpoint take': takeCheckpoint,
  'checkpoint show': showCheckpoint,
  'checkpoint preview': previewRestore,
  'checkpoint restore': restoreCheckpoint,
  'checkpoint fork': forkCheckpoint,
  'checkpoint files': listCheckpointFiles,
  'checkpoint diff': diffCheckpoint,
  'checkpoint remove': removeCheckpoint,
  'team list': listTeams,
  'team show': showTeam,
  'team import': importTeam,
  'team export': exportTeam,
  'team remove': removeTeam,
  'repo list': listRepos,
  'repo show': showRepo,
  'repo create': createRepo,
  'repo import': importRepo,
  'repo export': exportRepo,
  'repo test': testRepo,
  'repo look': lookAtRepo,
  'repo webhook': repoWebhook,
  'repo setup': repoSetup,
  'repo env': repoEnvironment,
  'setup list': listSetups,
  'setup clear': clearSetups,
  'repo remove': removeRepo,
  'credential list': listCredentials,
  'credential add': addCredential,
  'credential test': testCredential,
  'credential remove': removeCredential,
  'webhook show': showWebhook,
  'webhook set': setWebhook,
  'webhook test': testWebhook,
  'webhook remove': removeWebhook,
  'task follow-up list': listFollowUps,
  'task follow-up look': lookAtPullRequest,
  'task follow-up send': sendFollowUp,
  'task follow-up dismiss': dismissFollowUp,
  'agent list': listAgents,
  'agent message': messageAgent,
  'agent interrupt': interruptAgent,
  'agent stop': stopAgent,
  'agent freeze': freezeAgent,
  'agent unfreeze': unfreezeAgent,
  'task freeze': freezeTask,
  'task unfreeze': unfreezeTask,
  'agent model': changeModel,
  'agent restart': restartAgent,
  'agent take-out': takeOut,
  'agent shell': openShell,
  permissions: listPermissions,
  allow,
  deny,
}

/** Returns the exit code; what went wrong is on stderr as a sentence, with `--json` as an object. */
export async function runClient(command: ClientCommand, terminal: Terminal): Promise<number> {
  const { verb, words, options } = command
  try {
    const { env, cwd, signal } = terminal
    const server = optionOf(command, 'server')
    const tokenFile = optionOf(command, 'token-file')
    const found = await findServer({ server, tokenFile, env, cwd })
    const api = createApi({ ...found, signal })
    const paint = createPaint(terminal.colours)
    return await handlers[verb]({ api, terminal, paint, words, options })
  } catch (error) {
    if (error instanceof Closed) return exitCodes.ok
    if (terminal.signal.aborted) {
      if (options.has('wait') || verb === 'task watch') terminal.note('The task goes on.')
      return exitCodes.interrupted
    }
    if (!(error instanceof Failure)) throw error
    explain(error, { terminal, isJson: options.has('json') })
    return error.exitCode
  } finally {
    terminal.close()
  }
}

function explain(
  { message, code, exitCode, lines }: Failure,
  { terminal, isJson }: { terminal: Terminal; isJson: boolean },
): void {
  if (isJson) terminal.note(JSON.stringify({ error: message, code, exit_code: exitCode }))
  else for (const line of [message, ...lines]) terminal.note(line)
}
