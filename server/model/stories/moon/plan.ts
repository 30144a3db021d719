/** What the demo's planner asks, and the plan it makes of the answer. */
import type { PlannerOutput, SubtaskSpec } from '#contract/plan.ts'
import type { Place } from './files.ts'

const homes: Record<Place['hemisphere'], string> = { north: 'Lisbon', south: 'Wellington' }

export const question: Extract<PlannerOutput, { kind: 'questions' }> = {
  kind: 'questions',
  questions: [
    {
      id: 'place',
      text: 'Where in the world are the postcards sent from?',
      context:
        'The moon is drawn as one sees it from there: on the other side of the equator it hangs upside down, and fills from the other side. The name of the place is printed on the card.',
      options: ['Northern hemisphere', 'Southern hemisphere'],
      suggestions: [
        'From Lisbon, in the northern hemisphere',
        'From Wellington, in the southern hemisphere',
        'From Ushuaia, in the southern hemisphere',
      ],
    },
  ],
}

/** Reads the answer out of the planner's prompt; without one it is the planner's choice. */
export function toPlace(prompt: string): Place {
  const answer = /Answer:\n(`{3,})\n([\s\S]*?)\n\1/.exec(prompt)?.[2] ?? ''
  const hemisphere = /south|austral/i.test(answer) ? 'south' : 'north'
  const [, named] = /\bfrom ([\p{Lu}][\p{L} '’-]{0,22}[\p{L}])/iu.exec(answer) ?? []
  const name = named && !/hemisphere/i.test(named) ? named : homes[hemisphere]
  return { name, hemisphere }
}

/** The other direction: a worker's prompt says it in these words, and a person may change them in the plan. */
const sentFrom = (place: Place) =>
  `The cards are sent from ${place.name}, in the ${place.hemisphere}ern hemisphere.`
export function readPlace(prompt: string): Place {
  const [, name, hemisphere] =
    /sent from (.{1,24}?), in the (north|south)ern hemisphere/.exec(prompt) ?? []
  return {
    name: name ?? homes.north,
    hemisphere: hemisphere === 'south' ? 'south' : 'north',
  }
}

export function toPlan(place: Place): Extract<PlannerOutput, { kind: 'plan' }> {
  return {
    kind: 'plan',
    plan: {
      analysis:
        'The repository is empty. Three things make a postcard and know nothing of each other: where the moon stands, how a half-lit disc is drawn, and the sky around it. All three need a board to draw on, so that comes first; the card itself comes last and joins them.',
      strategy: 'parallel',
      estimated_agents: 3,
      notes: `${sentFrom(place)} Plain JavaScript without dependencies; tests with node --test.`,
      subtasks: [canvasTask(place), moonTask, discTask, starsTask, postcardTask(place)],
    },
  }
}

const common = { depends_on: [], complexity: 'low' as const, agent_role: 'developer' }

const canvasTask = (place: Place): SubtaskSpec => ({
  ...common,
  id: 'canvas',
  name: 'A board to draw on',
  description: 'The ground everything else stands on.',
  prompt: `Set up a plain JavaScript project (ES modules, no dependencies, tests with "node --test").
Write src/canvas.js: a board of characters with put, get, write, writeCentred and toString, and a function that frames a picture like a card. What lies outside the board is ignored.
Write src/place.js, which exports where the cards come from. ${sentFrom(place)}
Test the board in test/canvas.test.js.`,
  files_involved: ['package.json', 'src/canvas.js', 'src/place.js', 'test/canvas.test.js'],
})

const moonTask: SubtaskSpec = {
  ...common,
  id: 'moon',
  name: 'Where the moon stands',
  description: 'Arithmetic only, nothing is drawn.',
  prompt: `Write src/moon.js with moonAt(date): the phase (0 new, 0.5 full, below 1), how much of the moon is lit, and the name of the phase.
Count months from a known new moon; no tables, no network.
Test it in test/moon.test.js against real events: at a lunar eclipse the moon is full, at a solar eclipse it is new, over several years.`,
  depends_on: ['canvas'],
  complexity: 'medium',
  files_involved: ['src/moon.js', 'test/moon.test.js'],
}

const discTask: SubtaskSpec = {
  ...common,
  id: 'disc',
  name: 'Drawing the lit disc',
  description: 'Pure geometry: which points of a disc the sun reaches.',
  prompt: `Write src/disc.js with drawDisc(canvas, { x, y, radius, phase, hemisphere }): a round moon with its lit part bright and the rest dim.
In the northern hemisphere a waxing moon is lit on the right, in the southern on the left. Characters are about twice as tall as wide.
Test it in test/disc.test.js; the south must see the mirror image of the north.`,
  depends_on: ['canvas'],
  files_involved: ['src/disc.js', 'test/disc.test.js'],
}

const starsTask: SubtaskSpec = {
  ...common,
  id: 'stars',
  name: 'A sky that stays the same',
  description: 'Random, but the same for the same night.',
  prompt: `Write src/stars.js with drawStars(canvas, { seed, count }): stars in places that are still empty. The same seed must give the same sky, so bring a small seeded random generator.
Test it in test/stars.test.js.`,
  depends_on: ['canvas'],
  files_involved: ['src/stars.js', 'test/stars.test.js'],
}

const postcardTask = (place: Place): SubtaskSpec => ({
  ...common,
  id: 'postcard',
  name: 'The postcard itself',
  description: 'Joins the parts and is what a person runs.',
  prompt: `Put the parts together: src/postcard.js draws the card of a day (moon in the middle, stars around it, the name of the phase and a greeting with place and date below), and postcard.js is the program: "node postcard.js 2026-12-24", today without an argument, a clear error for anything else.
${sentFrom(place)}
Test it in test/postcard.test.js, the program included, and run all tests. Show a card in README.md.`,
  depends_on: ['moon', 'disc', 'stars'],
  complexity: 'medium',
  files_involved: ['src/postcard.js', 'postcard.js', 'test/postcard.test.js', 'README.md'],
})
