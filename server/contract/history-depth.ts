import * as v from 'valibot'

/** How many of the newest commits of a history are fetched; for repositories whose history is too large to wait for. */
export const HistoryDepth = v.pipe(
  v.number(),
  v.integer('A depth is a whole number of commits.'),
  v.minValue(1, 'A depth is at least 1; leave it out for the whole history.'),
  v.maxValue(1_000_000, 'A depth is at most 1000000; leave it out for the whole history.'),
)
