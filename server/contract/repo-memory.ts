/** What is known of a repository at one commit, read from its files alone: nothing of it was run. */
import * as v from 'valibot'

export const RepoCommand = v.object({
  kind: v.picklist(['install', 'build', 'test', 'lint', 'types', 'format', 'run']),
  command: v.string(),
  /** The file that says so. */
  from: v.string(),
})
export type RepoCommand = v.InferOutput<typeof RepoCommand>

export const RepoDependency = v.object({
  name: v.string(),
  /** As the manifest says it; empty when it does not. */
  version: v.string(),
  manifest: v.string(),
  is_dev: v.boolean(),
})
export type RepoDependency = v.InferOutput<typeof RepoDependency>

export const RepoAnalysis = v.object({
  files: v.number(),
  bytes: v.number(),
  /** Of text that people write, largest first; `share` is of all of them, 0 to 1. */
  languages: v.array(
    v.object({ name: v.string(), bytes: v.number(), files: v.number(), share: v.number() }),
  ),
  frameworks: v.array(v.string()),
  /** Folders and files to three levels, indented by two spaces a level. */
  layout: v.array(v.string()),
  key_files: v.array(v.object({ path: v.string(), about: v.string() })),
  dependencies: v.array(RepoDependency),
  commands: v.array(RepoCommand),
  /** Folders that are repositories of their own. */
  submodules: v.array(
    v.object({ path: v.string(), commit: v.string(), url: v.optional(v.string()) }),
  ),
  /** Patterns of files that Git LFS keeps elsewhere. */
  lfs: v.array(v.string()),
  /** What was left out, and why, as sentences. */
  notes: v.array(v.string()),
})
export type RepoAnalysis = v.InferOutput<typeof RepoAnalysis>

/** What is different from the analysis of the same branch before. */
export const RepoMemoryChange = v.object({
  from_commit: v.string(),
  /** Absent when the older commit is not there any more to compare with. */
  files: v.optional(v.number()),
  /** The first of them. */
  paths: v.array(v.string()),
  dependencies_added: v.array(v.string()),
  dependencies_removed: v.array(v.string()),
})
export type RepoMemoryChange = v.InferOutput<typeof RepoMemoryChange>

/** The reference's fields; those it keeps as texts of JSON are such texts here, too. `analysis` has all of it in one piece. */
export const RepoMemory = v.object({
  id: v.string(),
  /** Absent where it was not asked for through a template. */
  repo_template_id: v.optional(v.string()),
  url: v.string(),
  branch: v.string(),
  commit_hash: v.string(),
  /** Markdown. */
  content: v.string(),
  file_tree: v.string(),
  languages: v.string(),
  frameworks: v.string(),
  key_files: v.string(),
  dependencies: v.string(),
  analysis: RepoAnalysis,
  /** Absent for the first of its branch. */
  since: v.optional(RepoMemoryChange),
  /** Whether it is of the commit that was asked for; without one, true. */
  is_exact: v.boolean(),
  created_at: v.string(),
})
export type RepoMemory = v.InferOutput<typeof RepoMemory>

export const RepoMemoryAnswer = v.object({ memory: v.nullable(RepoMemory) })
export type RepoMemoryAnswer = v.InferOutput<typeof RepoMemoryAnswer>

export const RepoMemoryQuery = v.object({
  /** The template's own when absent. */
  branch: v.optional(v.pipe(v.string(), v.maxLength(255))),
  /** The whole id of a commit; the newest of the branch when it is not known. */
  commit: v.optional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/, 'A commit is 40 hexadecimal digits.')),
  ),
})
export type RepoMemoryQuery = v.InferOutput<typeof RepoMemoryQuery>
