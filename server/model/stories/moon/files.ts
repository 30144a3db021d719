/** The program of the demo, file by file, as its agents write it. */
import packageJson from './files/package.json.txt' with { type: 'text' }
import program from './files/postcard.js.txt' with { type: 'text' }
import canvas from './files/src/canvas.js.txt' with { type: 'text' }
import disc from './files/src/disc.js.txt' with { type: 'text' }
import moon from './files/src/moon.js.txt' with { type: 'text' }
import postcard from './files/src/postcard.js.txt' with { type: 'text' }
import stars from './files/src/stars.js.txt' with { type: 'text' }
import canvasTest from './files/test/canvas.test.js.txt' with { type: 'text' }
import discTest from './files/test/disc.test.js.txt' with { type: 'text' }
import moonTest from './files/test/moon.test.js.txt' with { type: 'text' }
import postcardTest from './files/test/postcard.test.js.txt' with { type: 'text' }
import starsTest from './files/test/stars.test.js.txt' with { type: 'text' }

export const moonFiles = {
  'package.json': packageJson,
  'postcard.js': program,
  'src/canvas.js': canvas,
  'src/disc.js': disc,
  'src/moon.js': moon,
  'src/postcard.js': postcard,
  'src/stars.js': stars,
  'test/canvas.test.js': canvasTest,
  'test/disc.test.js': discTest,
  'test/moon.test.js': moonTest,
  'test/postcard.test.js': postcardTest,
  'test/stars.test.js': starsTest,
} as const satisfies Record<string, string>
export type MoonFile = keyof typeof moonFiles

/** Where the postcard is written: the person decides it, and it changes the code. */
export type Place = { name: string; hemisphere: 'north' | 'south' }

export const placeFile = ({
  name,
  hemisphere,
}: Place): string => `/** Where the postcards are sent from. South of the equator the moon hangs upside down. */
export const place = { name: ${JSON.stringify(name)}, hemisphere: '${hemisphere}' }
`

/** The length of a month as everybody remembers it, and as it is. The difference is what a test finds. */
export const monthInMind = 'export const monthDays = 29.5\n'
export const monthInFact = 'export const monthDays = 29.530588853\n'
