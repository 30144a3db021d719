import type { UsageSpan } from '#contract/usage.ts'
import type { UsageEvent } from '#db/usage.ts'

const most = 60
const minute = 60_000
const steps = [1 / 6, 1 / 2, 1, 2, 5, 10, 30, 60, 120, 360, 720, 1440, 10_080, 40_320].map(
  (n) => n * minute,
)

export type Spans = { span_seconds: number; spans: UsageSpan[] }

type Figures = { costUsd: number; tokens: number }

/**
 * Reports say how much an agent has spent in all; a span holds what came on top in it. Spans are as short as a whole task in at most 60
 * of them allows, and those in which nothing was spent are there, too.
 */
export function toSpans(events: readonly UsageEvent[]): Spans {
  const [first] = events
  const last = events.at(-1)
  if (!first || !last) return { span_seconds: 60, spans: [] }
  const step =
    steps.find((each) => count(first.at, last.at, each) <= most) ?? steps.at(-1) ?? minute
  const begin = Math.floor(first.at / step)
  const spans = Array.from({ length: count(first.at, last.at, step) }, (_, index) => ({
    from: new Date((begin + index) * step).toISOString(),
    cost_usd: 0,
    tokens: 0,
  }))
  const before = new Map<string, Figures>()
  for (const { agentId, at, data } of events) {
    const now = toFigures(data)
    const then = before.get(agentId) ?? { costUsd: 0, tokens: 0 }
    const span = spans[Math.floor(at / step) - begin]
    before.set(agentId, now)
    if (!span) continue
    span.cost_usd += Math.max(0, now.costUsd - then.costUsd)
    span.tokens += Math.max(0, now.tokens - then.tokens)
  }
  return { span_seconds: step / 1000, spans }
}

const count = (from: number, to: number, step: number): number =>
  Math.floor(to / step) - Math.floor(from / step) + 1

function toFigures({ cost_usd: cost, usage }: UsageEvent['data']): Figures {
  const counts = typeof usage === 'object' && usage !== null ? Object.values(usage) : []
  return { costUsd: toNumber(cost), tokens: counts.reduce((sum, each) => sum + toNumber(each), 0) }
}

const toNumber = (value: unknown): number => (typeof value === 'number' ? value : 0)
