/** What each agent of the demo says and does, step by step. */
import type { ModelRequest, ToolOutcome } from '#model/request.ts'
import { bash, edit, type Part, read, type Step, say, think, write } from '#model/story.ts'
import { type MoonFile, monthInFact, monthInMind, moonFiles, placeFile } from './files.ts'
import { readPlace } from './plan.ts'

const put = (path: MoonFile): Part => write(path, moonFiles[path])
const test = (files = '') => bash(`node --test ${files}`.trim(), 'Run the tests')

export const scripts: Record<string, Step[]> = {
  canvas: [
    [
      think(
        'An empty repository. I set up the project first, then the board: rows of characters, and nothing may break when somebody draws past the edge.',
      ),
      say('I start with a look at what is there.'),
      bash('ls -A && node --version', 'List files'),
    ],
    (request) => [
      say(
        'Nothing yet, and Node is there. First the project itself and where the cards come from.',
      ),
      put('package.json'),
      write('src/place.js', placeFile(readPlace(request.prompt))),
    ],
    [say('Now the board, and its tests.'), put('src/canvas.js'), put('test/canvas.test.js')],
    test('test/canvas.test.js'),
    (request) =>
      report(
        request,
        `The project is set up: ES modules, no dependencies, \`node --test\`.
- \`src/canvas.js\`: \`createCanvas(width, height)\` with \`put\`, \`get\`, \`write\`, \`writeCentred\`, \`toString\`; \`frame(picture)\` draws a border.
- \`src/place.js\`: the cards come from ${readPlace(request.prompt).name}, ${readPlace(request.prompt).hemisphere} of the equator.`,
      ),
  ],
  moon: [
    [
      think(
        'A month of the moon is 29 and a half days. I count from a known new moon, take the remainder, and get the phase. Eclipses make good tests: they only happen at exactly full or new moon.',
      ),
      say('Months counted from a known new moon; eclipses as the test calendar.'),
      write('src/moon.js', moonFiles['src/moon.js'].replace(monthInFact, monthInMind)),
      put('test/moon.test.js'),
    ],
    test('test/moon.test.js'),
    (request) =>
      last(request)?.isError
        ? [
            think(
              'Off by days, and more the further from 2000. So the start is right and the length of the month is not: 29.5 is rounded, the true mean is 29.530588853 days. Over the 330 months since 2000 the difference grows to ten days.',
            ),
            say(
              'The tests are right and I was not: 29.5 days is a rounded month, and since 2000 the error has grown to ten days. I use the true mean.',
            ),
            edit('src/moon.js', monthInMind, monthInFact),
          ]
        : [say('All good at once; I read the file again to be sure.'), read('src/moon.js')],
    [say('Once more against the eclipses.'), test('test/moon.test.js')],
    (request) =>
      report(
        request,
        `\`src/moon.js\` has \`moonAt(date)\` → \`{ phase, lit, name }\`. It agrees with seven eclipses between 2017 and 2026.
My first version used a month of 29.5 days; the tests showed it drifting, so it is 29.530588853 now.`,
      ),
  ],
  disc: [
    [
      say('I look at the board I am going to draw on.'),
      read('src/canvas.js'),
      read('src/place.js'),
    ],
    [
      think(
        'The edge of the shadow is half an ellipse: at each height it crosses the disc at cos(2π·phase) of the half width. For the south I only have to mirror left and right. Characters are twice as tall as wide, so the disc is twice as wide in columns.',
      ),
      say(
        'The shadow’s edge is half an ellipse, so a cosine is all it takes; for the south, left and right change places.',
      ),
      put('src/disc.js'),
      put('test/disc.test.js'),
    ],
    test('test/disc.test.js'),
    bash(
      `node -e "import('./src/canvas.js').then(async ({ createCanvas }) => { const { drawDisc } = await import('./src/disc.js'); const { place } = await import('./src/place.js'); const c = createCanvas(64, 9); [0.1, 0.25, 0.4, 0.5].forEach((phase, i) => drawDisc(c, { x: 8 + 16 * i, y: 4, radius: 3, phase, hemisphere: place.hemisphere })); console.log(c.toString()) })"`,
      'Look at four phases',
    ),
    (request) =>
      report(
        request,
        `\`src/disc.js\` has \`drawDisc(canvas, { x, y, radius, phase, hemisphere })\`; lit points are █, dark ones ░. The south is tested to be the mirror image of the north.`,
      ),
  ],
  stars: [
    [say('First the board, then the sky.'), read('src/canvas.js')],
    [
      think(
        'Math.random would give another sky each time. A small hash of the seed, stirred on every call, gives numbers that look random and come out the same again.',
      ),
      say(
        'The sky of one night should not change when the card is drawn again, so I bring a small seeded generator.',
      ),
      put('src/stars.js'),
      put('test/stars.test.js'),
    ],
    test('test/stars.test.js'),
    (request) =>
      report(
        request,
        `\`src/stars.js\` has \`drawStars(canvas, { seed, count })\`. It only uses empty places, so draw everything else first. The same seed gives the same sky.`,
      ),
  ],
  postcard: [
    [
      say('I read what the others built.'),
      read('src/canvas.js'),
      read('src/moon.js'),
      read('src/disc.js'),
      read('src/stars.js'),
    ],
    [
      think(
        'Disc first, then stars in what is left, then the words over both so that no star lands in a sentence. The date must be a real day: 30 February should be refused, not turned into March.',
      ),
      say('The disc first, stars around it, the words last so that no star lands in a sentence.'),
      put('src/postcard.js'),
      put('postcard.js'),
      put('test/postcard.test.js'),
    ],
    [say('All tests of all parts together.'), test()],
    bash('node postcard.js 2026-12-24', 'Draw a card'),
    (request) => [
      say('That is a card. It goes into the README.'),
      write('README.md', readme(last(request))),
    ],
    test(),
    (request) =>
      report(
        request,
        `The postcard is done: \`node postcard.js 2026-12-24\`, or without a date for today. The README shows one.`,
      ),
  ],
}

const last = (request: ModelRequest): ToolOutcome | undefined => request.results.at(-1)

/** Ends with what the last test run really said. */
function report(request: ModelRequest, text: string): Part {
  const run = request.results.findLast(
    ({ name, input }) => name === 'Bash' && String(input.command).startsWith('node --test'),
  )
  const passed = /^(?:#|ℹ) pass (\d+)$/m.exec(run?.text ?? '')?.[1]
  if (!run || run.isError)
    return say(
      `${text}\n\nBut its tests do not pass, so somebody has to look at it:\n\n${run?.text.slice(-1500) ?? 'They did not run.'}`,
    )
  return say(`${text}\n\nTests: ${passed ?? 'all'} passed, none failed.`)
}

function readme(card: ToolOutcome | undefined): string {
  return `# Moon postcards

Tonight's moon as a postcard, drawn with characters.

    node postcard.js 2026-12-24

${card && !card.isError ? `\`\`\`\n${card.text.trimEnd()}\n\`\`\`\n\n` : ''}Plain JavaScript, no dependencies. \`node --test\` runs the tests.
`
}
