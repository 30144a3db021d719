/**
 * What an event costs the processor, from its transaction to the frame for each of its viewers, against one prepared insert in a
 * transaction of its own in the same database. Viewers gather, as the interface does. ROUNDS (default 5), EVENTS (default 1000) of each.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDb } from '#db/open.ts'
import { systemClock } from '#lib/clock.ts'
import { createEventLog } from '#streams/event-log.ts'
import { createLiveSession } from '#streams/live.ts'
import type { OutputReader } from '#streams/output-source.ts'
import { seedTask } from '../tests/support/seed.ts'
import { printRatio } from './lib.ts'

const rounds = Number(process.env.ROUNDS ?? 5)
const events = Number(process.env.EVENTS ?? 1000)

/** Microseconds of processor time for each of `events` times. */
function cost(work: (at: number) => void): number {
  const before = process.cpuUsage()
  for (let at = 0; at < events; at++) work(at)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / events
}

function measure(viewers: number): void {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-events-'))
  const { db, close } = openDb(join(dir, 'klaudio.db'))
  const eventLog = createEventLog({ db, clock: systemClock })
  seedTask(db, { id: 't', status: 'running' })
  const sessions = Array.from({ length: viewers }, () => {
    const session = createLiveSession({
      wire: { send() {}, bufferedAmount: () => 0, close() {} },
      eventLog,
      // Nobody asks for output here.
      outputs: {} as OutputReader,
      agentOf: () => undefined,
      system: { current: () => ({}), subscribe: () => () => {} },
      instance: 'bench',
      version: 'bench',
      clock: systemClock,
    })
    session.receive(JSON.stringify({ type: 'events', from_now: true, gather_ms: 500 }))
    return session
  })
  const say = (at: number): void =>
    eventLog.transact((_, record) =>
      record({
        taskId: 't',
        agentId: 'a',
        type: 'agent.activity',
        data: { activity: `Edit ${at}.ts` },
      }),
    )
  // SQLite beneath drizzle, as `bun:sqlite` has it.
  const { $client: raw } = db as unknown as { $client: import('bun:sqlite').Database }
  raw.run('create table plain (id integer primary key, text text)')
  const insert = raw.prepare('insert into plain (text) values (?)')
  const text = 'x'.repeat(100)
  const ours: number[] = []
  const baseline: number[] = []
  cost(say)
  for (let round = 0; round < rounds; round++) {
    ours.push(cost(say))
    baseline.push(cost(() => void insert.run(text)))
  }
  printRatio({ name: `an event with ${viewers} viewers`, ours, baseline, unit: 'µs' })
  for (const session of sessions) session.close()
  insert.finalize()
  close()
  rmSync(dir, { recursive: true })
}

for (const viewers of [0, 1, 20]) measure(viewers)
