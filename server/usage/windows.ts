/** The windows of the account, from what agents heard of them (`agent.rate-limit`). */
import * as v from 'valibot'
import type { TaskEvent } from '#contract/event.ts'
import { type InstallationUsage, UsageWindow } from '#contract/usage.ts'

/** So long a limit counts whose end the API did not say: agents try again within it. */
const unknownMs = 20 * 60_000

const { status, utilization, resets_at } = UsageWindow.entries
const Heard = v.object({ status, utilization, resets_at, window: v.optional(v.string(), '') })
const Windows = v.fallback(v.record(v.string(), v.object({ status, utilization, resets_at })), {})

/** `events`: newest first. What has reset since counts no more; of each window the newest word does. */
export function toWindows(
  events: readonly TaskEvent[],
  now: number,
): Pick<InstallationUsage, 'windows' | 'reached'> {
  const windows = new Map<string, UsageWindow>()
  const limits = new Map<string, NonNullable<InstallationUsage['reached']> & { status: string }>()
  for (const { data, created_at: seen_at } of events) {
    const heard = v.safeParse(Heard, data)
    if (!heard.success) continue
    const { window: name, ...rest } = heard.output
    const all = v.parse(Windows, data.windows)
    for (const [key, value] of Object.entries({ ...(name && { [name]: rest }), ...all }))
      if (!windows.has(key)) windows.set(key, { name: key, ...value, seen_at })
    if (!limits.has(name)) limits.set(name, { window: name, ...toEnd(rest), seen_at, ...rest })
  }
  const isOn = ({ resets_at: end, seen_at }: { resets_at?: string | undefined; seen_at: string }) =>
    (end === undefined ? Date.parse(seen_at) + unknownMs : Date.parse(end)) > now
  const reached = [...limits.values()].find((each) => each.status === 'rejected' && isOn(each))
  return {
    windows: [...windows.values()].filter(isOn).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(reached && {
      reached: { window: reached.window, ...toEnd(reached), seen_at: reached.seen_at },
    }),
  }
}

const toEnd = ({ resets_at: end }: { resets_at?: string | undefined }) =>
  end === undefined ? {} : { resets_at: end }
