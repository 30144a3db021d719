import type { Outside } from '#workspaces/outside.ts'

/** What agents are told of what belongs to other places, one sentence or two each. */
export const outsideLines = ({ here, submodules, lfs }: Outside): string[] => [
  ...here.map(
    (path) =>
      `The folder ${JSON.stringify(path)} has the files of a submodule, another repository, at the commit that this one names. Read and use them; what you change there is not delivered, and neither is another commit for it.`,
  ),
  ...submodules.map(
    ({ path, url, reason }) =>
      `The folder ${JSON.stringify(path)} is a submodule, another repository (${JSON.stringify(url)}). Its contents are not here${reason === undefined ? '' : `: ${JSON.stringify(reason)}`}. Leave it as it is.`,
  ),
  ...(lfs.length > 0
    ? [
        `Files like ${lfs.map((each) => JSON.stringify(each)).join(', ')} are in Git LFS. What is here are pointers of a few lines, not their content. Leave them as they are.`,
      ]
    : []),
]
