/** When agents ask a person, in words. */
import type { PermissionMode } from '#contract/permission.ts'

export const permissionNames: Record<PermissionMode, string> = {
  bypassPermissions: 'Never',
  acceptEdits: 'Before commands',
  manual: 'Before commands and edits',
}

export const permissionHints: Record<PermissionMode, string> = {
  bypassPermissions: 'Their container is the sandbox',
  acceptEdits: 'They edit freely and ask you before they run something',
  manual: 'They ask you before every edit and command',
}
