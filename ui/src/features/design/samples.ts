/** What the design page shows: made up, and the same every time. */
import { parseDiff } from '../../lib/diff.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'

export const words: readonly (readonly [GlyphName, string])[] = [
  ['wait', 'Queued'],
  ['run', 'Running'],
  ['need', 'Needs you'],
  ['review', 'In review'],
  ['pause', 'Stopped'],
  ['stopping', 'Stopping'],
  ['done', 'Done'],
  ['fail', 'Failed'],
  ['skip', 'Skipped'],
  ['unknown', 'Lost contact'],
]

const times = (name: GlyphName, count: number): GlyphName[] =>
  Array.from({ length: count }, () => name)

export const stripSamples: readonly { label: string; segments: GlyphName[] }[] = [
  {
    label: '2 of 7 done, 3 running, 1 needs you',
    segments: [...times('done', 2), ...times('run', 3), 'need', 'wait'],
  },
  { label: '2 of 5 done, 1 failed', segments: [...times('done', 2), 'fail', ...times('wait', 2)] },
  { label: 'Stopped', segments: [...times('done', 3), ...times('pause', 4)] },
  {
    label: '28 of 40 done',
    segments: [...times('done', 28), ...times('run', 4), ...times('wait', 8)],
  },
]

export const proseSample = `## What changed
The store now uses **one Lua script** per check, so a request costs one round trip:
- \`store.ts\` defines the command
- \`window.lua\` holds the sliding window, as in [the Redis manual](https://redis.io/docs)

| Check | Before | Now |
|:--|--:|--:|
| One key | 0.9 ms | **0.4 ms** |
| Ten keys | 9.1 ms | 0.6 ms |

\`\`\`
pnpm test --filter limits
\`\`\``

export const diffSample =
  parseDiff(`diff --git a/src/limits/store.ts b/src/limits/store.ts
--- a/src/limits/store.ts
+++ b/src/limits/store.ts
@@ -25,5 +25,7 @@ export class RedisStore
   constructor(private redis: Redis) {
-    this.sha = redis.script("LOAD", LUA)
+    redis.defineCommand("slidingWindow", {
+      numberOfKeys: 1,
+    })
   }
 
`)[0]?.lines ?? []
