import type { Labels } from './engine.ts'

/** The engine's `filters` parameter for "carries all of these". */
export function labelFilter(labels: Labels, more: Record<string, string[]> = {}): string {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return JSON.stringify({ label, ...more })
}
