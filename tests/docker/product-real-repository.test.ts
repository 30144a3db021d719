/** Three agents at once on the source of a real package, each changing something else; its own tests judge the result. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import type { ModelRequest } from '#model/request.ts'
import { bash, edit, type Part, read, type Step, say, write } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { inTask, planned } from '../support/product-model.ts'
import { gitOut, startWorld, type World } from '../support/product-world.ts'
import { checkOut, makeRealRepository, runItsTests } from '../support/real-repository.ts'

const name = 'extend-minimist'

const binaryTest = `'use strict';

var parse = require('../');
var test = require('tape');

test('binary numbers', function (t) {
	t.deepEqual(parse(['-x', '0b101', '0B11']), { x: 5, _: [3] });
	t.equal(parse(['-x', '0b12']).x, '0b12');
	t.end();
});
`

const freezeTest = `'use strict';

var parse = require('../');
var test = require('tape');

test('freeze', function (t) {
	t.ok(Object.isFrozen(parse(['-x'], { freeze: true })));
	t.notOk(Object.isFrozen(parse(['-x'])));
	t.end();
});
`

const typesTest = `'use strict';

var fs = require('fs');
var path = require('path');
var test = require('tape');

test('types', function (t) {
	var types = require('../package.json').types;
	t.ok(fs.existsSync(path.join(__dirname, '..', types)));
	t.end();
});
`

const declarations = `declare function minimist(args?: string[], opts?: minimist.Opts): minimist.ParsedArgs;

declare namespace minimist {
	interface Opts {
		boolean?: boolean | string | string[];
		string?: string | string[];
		alias?: { [key: string]: string | string[] };
		default?: { [key: string]: unknown };
		stopEarly?: boolean;
		'--'?: boolean;
	}
	interface ParsedArgs {
		[arg: string]: any;
		_: string[];
	}
}

export = minimist;
`

const itsTests = bash("node node_modules/.bin/tape 'test/**/*.js' | tail -5")
const report = ({ results }: ModelRequest): Part =>
  say(`Its own tests say: ${/# pass +\d+/.exec(results.at(-1)?.text ?? '')?.[0] ?? 'nothing good'}`)
const work = (...changes: Step[]): Step[] => [...changes, itsTests, report]

const story = inTask(name, {
  planner: planned([{ id: 'binary' }, { id: 'freeze' }, { id: 'types' }]),
  subtasks: {
    binary: work(
      read('index.js'),
      edit(
        'index.js',
        '	if ((/^0x[0-9a-f]+$/i).test(x)) { return true; }',
        '	if ((/^0x[0-9a-f]+$/i).test(x)) { return true; }\n	if ((/^0b[01]+$/i).test(x)) { return true; }',
      ),
      write('test/binary.js', binaryTest),
    ),
    freeze: work(
      read('index.js'),
      edit(
        'index.js',
        '	return argv;\n};',
        '	return opts.freeze ? Object.freeze(argv) : argv;\n};',
      ),
      write('test/freeze.js', freezeTest),
    ),
    types: work(
      read('package.json'),
      edit(
        'package.json',
        '	"main": "index.js",',
        '	"main": "index.js",\n	"types": "index.d.ts",',
      ),
      write('index.d.ts', declarations),
      write('test/types.js', typesTest),
    ),
  },
})

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('a real repository', () => {
  let world: World
  let task: Task
  let agents: Agent[]
  let before: ReturnType<typeof runItsTests>
  let source: string

  beforeAll(async () => {
    world = await startWorld({ stories: [story] })
    source = join(world.dir, 'minimist')
    makeRealRepository(source)
    before = runItsTests(source)
    // Nobody goes on before all three have begun.
    const begun = ['binary', 'freeze', 'types'].map((agent) =>
      world.model.hold({ task: name, agent, step: 1 }),
    )
    task = await world.create(name, {
      source: { kind: 'local', path: source },
      // Its own needs packages from a registry.
      test_command: `node -e "process.exit(require('./')(['--a=0b11']).a === 3 ? 0 : 1)"`,
    })
    const ended = world.rest(task.id)
    await Promise.race([Promise.all(begun.map(({ reached }) => reached)), ended])
    for (const hold of begun) hold.open()
    task = await ended
    agents = await world.product.agents(task.id)
  }, 180_000)
  afterAll(() => world?.[Symbol.asyncDispose](), 30_000)

  test('is worked on by three agents at the same time', () => {
    const workers = agents.filter(({ kind }) => kind === 'worker')
    expect(workers.map((one) => one.subtask_id).sort()).toEqual(['binary', 'freeze', 'types'])
    const lastStart =
      workers
        .map((one) => one.started_at ?? '9')
        .sort()
        .at(-1) ?? ''
    const firstEnd = workers.map((one) => one.completed_at ?? '0').sort()[0] ?? ''
    expect(lastStart < firstEnd).toBe(true)
  })

  test('is tested by every agent in its own container with its own work', async () => {
    expect(task.error).toBeUndefined()
    const { subtasks } = await world.product.plan(task.id)
    expect(subtasks.map(({ id, summary }) => [id, summary])).toEqual([
      ['binary', `Its own tests say: # pass  ${before.passed + 2}`],
      ['freeze', `Its own tests say: # pass  ${before.passed + 2}`],
      ['types', `Its own tests say: # pass  ${before.passed + 1}`],
    ])
    expect(world.model.problems()).toEqual([])
  })

  test('passes its own tests and the new ones on the merged branch', () => {
    expect(task).toMatchObject({ status: 'completed', progress: { completed: 3, total: 3 } })
    expect(before).toMatchObject({ passed: 153, failed: 0 })
    const merged = join(world.dir, 'merged')
    checkOut(world.bareOf(task.id), task.branch, merged)
    expect(runItsTests(merged)).toMatchObject({ passed: before.passed + 5, failed: 0 })
    const code = readFileSync(join(merged, 'index.js'), 'utf8')
    expect(code).toContain('0b[01]+')
    expect(code).toContain('Object.freeze(argv)')
  }, 60_000)

  test('is tested as a whole before it is done, in a container that no agent has touched', () => {
    expect(task.result_check).toMatchObject({
      ...{ state: 'passed', commit: task.head_commit, exit_code: 0, rounds: 0 },
    })
  })

  test('carries exactly what the agents changed, on top of its own history', () => {
    const bare = world.bareOf(task.id)

    const changed = gitOut(bare, 'diff', '--name-only', `${task.base_commit}`, task.branch)
    expect(changed.trim().split('\n')).toEqual([
      'index.d.ts',
      'index.js',
      'package.json',
      'test/binary.js',
      'test/freeze.js',
      'test/types.js',
    ])
    expect(gitOut(source, 'rev-parse', 'main').trim()).toBe(task.base_commit ?? '')
    expect(gitOut(source, 'status', '--porcelain')).toBe('')
    expect(gitOut(source, 'branch', '--list').trim()).toBe('* main')
  })
})
