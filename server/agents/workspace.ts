/** Fills and moves an agent's workspace. */
import { packTar } from '#lib/pack-tar.ts'
import type { AgentSpec } from './agents.ts'
import { stateDir, workspaceDir } from './container.ts'
import type { AgentsContext } from './context.ts'
import { type Frame, fileFrames, scriptFrame } from './frames.ts'
import type { FrameResult, GateClient } from './gate-client.ts'
import { withHelper } from './helper.ts'

export type CloneSpec = Extract<AgentSpec['workspace'], { kind: 'clone' }>

/** A repository must be there when the CLI starts, or it takes the workspace for something else for good. */
export const emptyRepository: Frame = scriptFrame(
  'mkdir -p .git/objects .git/refs/heads && echo "ref: refs/heads/main" > .git/HEAD',
)

/** Seeds a clone, or moves one that nobody has used, to a bundle's commit. */
export function seedFrames(workspace: CloneSpec, bundle: Uint8Array): Frame[] {
  const file = 'in/seed.bundle'
  const { commit, branch } = workspace
  return [
    ...fileFrames(`${stateDir}/${file}`, bundle),
    scriptFrame(
      `bundle=$KLAUDIO_STATE/${file}; sh "$KLAUDIO_SCRIPTS/seed" "$bundle" ${quote(commit)} ${quote(branch)} && rm -f "$bundle"`,
    ),
  ]
}

/** Lays the files of submodules into a clone that was just seeded: to git their folders are pointers, whatever is in them. */
export function submoduleFrames(files: Uint8Array | undefined): Frame[] {
  if (!files) return []
  const file = 'in/submodules.tar.gz'
  return [
    ...fileFrames(`${stateDir}/${file}`, files),
    scriptFrame(`files=$KLAUDIO_STATE/${file}; tar -xzf "$files" && rm -f "$files"`),
  ]
}

export async function inputFileFrames(spec: Pick<AgentSpec, 'files'>): Promise<Frame[]> {
  const files = await spec.files()
  return files.flatMap((file) => fileFrames(file.path, file.content))
}

/** Puts tree and files into a workspace that the agent itself sees read-only. */
export async function fillReadOnly(
  context: AgentsContext,
  spec: Pick<AgentSpec, 'agentId' | 'taskId' | 'files'>,
  archive: AsyncIterable<Uint8Array>,
): Promise<void> {
  const files = await spec.files()
  await withHelper(context, spec, async (helperId) => {
    await context.engine.putArchive(helperId, workspaceDir, archive)
    if (files.length > 0) await context.engine.putArchive(helperId, workspaceDir, packTar(files))
  })
}

/**
 * Exit code 0 when the CLI can resume the session, 10 when it has to begin it. A transcript that was cut off before its
 * first message is removed: the CLI can neither resume from it nor begin a session whose id has a file.
 */
export function transcriptProbe(sessionId: string): Frame {
  const transcripts = `"$KLAUDIO_STATE"/claude/projects/*/${quote(sessionId)}.jsonl`
  return scriptFrame(
    `grep -qs '"type":"user"' ${transcripts} || { rm -f ${transcripts}; exit 10; }`,
  )
}

/** Sends frames and returns the first failure, if any. */
export async function sendAll(
  gate: GateClient,
  frames: Frame[],
): Promise<Extract<FrameResult, { ok: false }> | undefined> {
  const results = await gate.send(frames)
  return results.find((result) => !result.ok)
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
