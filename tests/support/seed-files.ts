/** Files of a task as tests want them: uploads, and work that was integrated. */
import { updateTask } from '#db/tasks.ts'
import { seedTask } from './seed.ts'
import type { TestApp } from './test-app.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
/** A content in one piece. */
export async function* once(text: string | Uint8Array): AsyncIterable<Uint8Array> {
  yield typeof text === 'string' ? encode(text) : text
}

/** Task `t1` without files. */
export const bare = ({ db }: TestApp): void => void seedTask(db)
/** Two uploads: a text below a folder, and bytes. */
export const withInput = async (app: TestApp): Promise<void> => {
  bare(app)
  await app.files.upload('t1', 'notes/größe.txt', once('ten'))
  await app.files.upload('t1', 'picture.bin', once(new Uint8Array([0, 1, 2, 255])))
  app.takeEvents()
}
/** A repository whose task branch has one file, `src/main.txt`. */
export const withWorkspace = async (app: TestApp): Promise<void> => {
  bare(app)
  await app.makeRepository('t1')
  const head = await app.workspaces.write({
    taskId: 't1',
    branch: 'klaudio/t1',
    path: 'src/main.txt',
    content: encode('one\n'),
    message: 'Add main',
  })
  updateTask(app.db, 't1', { headCommit: head }, 0)
}

/** Paths that a reader of files must never follow. */
export const escapes = ['../../../etc/passwd', '/etc/passwd', 'a/../../x', '.git/config', '..']
