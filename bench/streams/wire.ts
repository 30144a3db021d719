/** What the processes of `bench/streams.ts` tell each other, and how they read the writer's lines. */

/** Epoch milliseconds with a fraction, comparable with the writer's own clock on the same machine. */
export const epochMs = (): number => performance.timeOrigin + performance.now()

export type Report =
  | { type: 'listening'; port: number }
  /** Every reader has had at least one byte. */
  | { type: 'ready' }
  /** Every reader has had the last line. Latencies of all lines with a stamp, in ms. */
  | { type: 'done'; endedAt: number; latencies: number[] }

export function report(message: Report): void {
  process.send?.(message)
}

/** Marks the last line of the writer. */
const last = '"last":true'
const stamp = /"at":(\d+\.\d+)/g

/** Looks at what one reader gets. Only the end is looked for when `stamps` is false, which costs next to nothing. */
export function createMeter({ stamps }: { stamps: boolean }) {
  const latencies: number[] = []
  let tail = ''
  let bytes = 0
  return {
    latencies,
    bytes: () => bytes,
    /** True once the last line is complete. */
    take(chunk: Buffer): boolean {
      bytes += chunk.length
      const text = stamps
        ? tail + chunk.toString('latin1')
        : tail + chunk.subarray(-64).toString('latin1')
      if (!stamps) {
        tail = text.slice(-64)
        return tail.includes(last)
      }
      const end = text.lastIndexOf('\n') + 1
      const now = epochMs()
      for (const [, at] of text.slice(0, end).matchAll(stamp)) latencies.push(now - Number(at))
      tail = text.slice(end)
      return text.includes(last)
    },
  }
}
