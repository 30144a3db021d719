/** Reading values of unknown shape without trusting them: agents print what they like. */
export type Json = Record<string, unknown>

export function asObject(value: unknown): Json {
  // An object that is neither null nor an array can be read by key.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}
export const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const asText = (value: unknown): string => (typeof value === 'string' ? value : '')
export const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? asObject(value)
      : undefined
  } catch {
    return undefined
  }
}

export function toPretty(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')
}
