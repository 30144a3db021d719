/**
 * How far apart the crash and fault points of a suite are. `THOROUGH=1` takes every one, `npm test` every second (`THOROUGH=2`), and
 * the run that is made all the time is `quick` times as coarse as the first.
 */
export const stride = (thorough: number, quick: number): number =>
  thorough * Math.min(quick, Number(process.env.THOROUGH ?? quick))

/** Whether this is the run that is made all the time. */
export const isQuick = process.env.THOROUGH === undefined
