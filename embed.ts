/// <reference path="./.ci/embedded.d.ts" />
/**
 * What the binary carries: the built UI and the agent image's build context. The module behind `klaudio:embedded` is made
 * by `build.ts` from the files on disk, as a plugin when compiling and when running from source, so there is no generated file.
 */
import { files, version } from 'klaudio:embedded'

export type EmbeddedFile = { path: string; bytes: Uint8Array }

export const embeddedVersion: string = version

/** Files of the UI, with their precompressed forms beside them (`.br`, `.gz`), and of the agent image context. */
export async function loadEmbedded(): Promise<{ ui: EmbeddedFile[]; agentImage: EmbeddedFile[] }> {
  const load = async (prefix: string): Promise<EmbeddedFile[]> =>
    await Promise.all(
      Object.entries(files)
        .filter(([path]) => path.startsWith(prefix))
        .map(async ([path, location]) => ({
          path: path.slice(prefix.length),
          bytes: await Bun.file(location).bytes(),
        })),
    )
  const [ui, agentImage] = await Promise.all([load('ui/'), load('agent-image/')])
  return { ui, agentImage }
}
