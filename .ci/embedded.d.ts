declare module 'klaudio:embedded' {
  /** Path inside the bundle (`ui/...`, `agent-image/...`) -> where the runtime finds it. */
  export const files: Record<string, string>
  export const version: string
}
