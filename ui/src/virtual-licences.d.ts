declare module 'virtual:licences' {
  /** By name; `text` is empty for a package that brings none. */
  export const licences: readonly { name: string; version: string; licence: string; text: string }[]
}
