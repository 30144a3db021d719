/** A server of its own that prepares one task's repository, to be killed meanwhile: `clone-once.ts ROOT URL TASK`. */
import { openWorkspaces } from './git.ts'

const [root = '', url = '', taskId = ''] = process.argv.slice(2)
const { workspaces } = await openWorkspaces({ root })
await workspaces.prepare({ taskId, source: { kind: 'git', url }, branch: 'klaudio/test' })
