/**
 * How far apart the crash and fault points of a suite are: as given in the thorough run (`THOROUGH=1`, as CI and `npm test` have it),
 * `quick` times as far in the one that is run all the time.
 */
export const stride = (thorough: number, quick: number): number =>
  process.env.THOROUGH === '1' ? thorough : thorough * quick
