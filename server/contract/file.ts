import * as v from 'valibot'

/** `workspace`: the integrated work (task branch), or one agent's work; `input`: uploads; `output`: declared results. */
export const FileArea = v.picklist(['input', 'output', 'workspace'])
export type FileArea = v.InferOutput<typeof FileArea>

export const FileEntry = v.object({
  /** Path inside its area, with forward slashes. */
  name: v.string(),
  size: v.number(),
  type: v.optional(v.picklist(['file', 'symlink', 'submodule'])),
})
export type FileEntry = v.InferOutput<typeof FileEntry>

export const FileList = v.object({
  input: v.array(FileEntry),
  output: v.array(FileEntry),
  workspace: v.array(FileEntry),
})
export type FileList = v.InferOutput<typeof FileList>

export const UploadedFile = v.object({ name: v.string(), size: v.number(), path: v.string() })
export type UploadedFile = v.InferOutput<typeof UploadedFile>

export const FileView = v.object({
  name: v.string(),
  path: v.string(),
  size: v.number(),
  content: v.string(),
})
export type FileView = v.InferOutput<typeof FileView>
