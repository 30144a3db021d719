/** Repositories and credentials in the browser: the editor, and the choice of a new task. */
import { describe, expect, test } from 'bun:test'
import type { TaskSetup } from '#contract/setup.ts'
import {
  emptyTask,
  problemsOf,
  readDraft,
  takeRepository,
  toCreateTask,
  toDraft,
} from '../../ui/src/features/tasks/new-task-form.ts'
import { toQuestion } from '../../ui/src/features/tasks/source-check.ts'
import {
  newVariable,
  toCommands,
  toEnvironment,
  toVariableForms,
  variableProblem,
} from '../../ui/src/features/templates/environment-form.ts'
import {
  choose,
  repositoryProblems,
  toRepositoryForm,
  toSaveRepository,
} from '../../ui/src/features/templates/repository-form.ts'
import {
  offeredRunsIn,
  runsInProblem,
  toRunsIn,
} from '../../ui/src/features/templates/runs-in-form.ts'
import { memoryFacts, memoryParts } from '../../ui/src/lib/memory-words.ts'
import { describeDelivery } from '../../ui/src/lib/repository-words.ts'
import { describeSetup, isSetupShown } from '../../ui/src/lib/setup-words.ts'
import { memory, repositories } from './mock-templates.ts'

const [api, docs] = repositories
if (!api || !docs) throw new Error('two repositories are needed')

describe('the editor of a repository', () => {
  test('hands in what it was given when nothing is changed: reviewers too (U17)', () => {
    const { id: _, created_at: __, updated_at: ___, ...others } = api
    const { has_webhook_secret: ____, ...rest } = others
    const off = { auto_fix_checks: false, auto_address_comments: false, issue_label: null }
    const none = { forge: null, forge_url: null, depth: null }
    expect(toSaveRepository(toRepositoryForm(api))).toEqual({ ...none, ...rest, ...off })
  })

  test('cannot be brought to what makes no sense', () => {
    const none = { ...toRepositoryForm(undefined), auto_branch: false }
    expect(choose(none, 'auto_pr', true)).toEqual({
      auto_branch: true,
      auto_push: true,
      auto_pr: true,
    })
    const whole = toRepositoryForm(api)
    expect(choose(whole, 'auto_branch', false)).toEqual({
      ...{ auto_branch: false, auto_push: false, auto_pr: false },
    })
    for (const flag of ['auto_branch', 'auto_push', 'auto_pr'] as const)
      for (const form of [none, whole])
        for (const on of [true, false])
          expect(repositoryProblems({ ...form, ...choose(form, flag, on) })).toEqual({})
  })

  test('sends a webhook secret only when there is another one, and forgets one on demand', () => {
    const form = { ...toRepositoryForm(api), issue_label: ' ready ' }
    const sent = toSaveRepository(form)
    expect('webhook_secret' in sent).toBe(false)
    expect(sent.issue_label).toBe('ready')
    const other = { ...form, webhook_secret: ' a secret of the forge ' }
    expect(toSaveRepository(other).webhook_secret).toBe('a secret of the forge')
    expect(toSaveRepository({ ...other, is_webhook_off: true }).webhook_secret).toBeNull()
    expect(repositoryProblems({ ...form, webhook_secret: 'short' }).webhook_secret).toContain('16')
  })

  test('says beside its field what is wrong', () => {
    const form = {
      ...toRepositoryForm(api),
      url: 'https://me:secret@a.test/b',
      default_branch: '..',
      depth: '0',
    }
    expect(Object.keys(repositoryProblems(form)).sort()).toEqual(['default_branch', 'depth', 'url'])
  })

  test('sends how many commits are wanted, and none for the whole history', () => {
    const form = toRepositoryForm(api)
    expect(form.depth).toBe('')
    expect(toSaveRepository({ ...form, depth: ' 50 ' }).depth).toBe(50)
    expect(toRepositoryForm({ ...api, depth: 50 }).depth).toBe('50')
    for (const depth of ['x', '-1', '1.5', '9999999'])
      expect(repositoryProblems({ ...form, depth }).depth).toContain('whole number')
  })
})

describe('what agents run in', () => {
  test('is the standard image until somebody chooses; what is known of the repository is only offered', () => {
    expect(toSaveRepository(toRepositoryForm(undefined)).runs_in).toEqual({ kind: 'standard' })
    const file = (path: string) => ({ path, about: 'environment' })
    const offers: [string[], ReturnType<typeof offeredRunsIn>][] = [
      [['README.md', 'src/Dockerfile.md'], undefined],
      [
        ['Dockerfile', '.devcontainer/devcontainer.json'],
        { kind: 'devcontainer', path: '.devcontainer/devcontainer.json' },
      ],
      [['.devcontainer.json'], { kind: 'devcontainer', path: '.devcontainer.json' }],
      [['docker/Dockerfile'], { kind: 'dockerfile', path: 'docker/Dockerfile' }],
    ]
    for (const [paths, offered] of offers)
      expect(offeredRunsIn({ key_files: paths.map(file) })).toEqual(offered)
  })

  test('takes along only what its kind has, and says which field is wrong', () => {
    const form = { kind: 'dockerfile', path: ' a/Dockerfile ', context: '', image: 'x' } as const
    expect(toRunsIn(form)).toEqual({ kind: 'dockerfile', path: 'a/Dockerfile' })
    expect(toRunsIn({ ...form, kind: 'devcontainer', path: '' })).toEqual({ kind: 'devcontainer' })
    expect(runsInProblem({ ...form, context: '../x' })?.field).toBe('context')
    expect(runsInProblem({ ...form, path: '' })?.field).toBe('path')
    expect(runsInProblem({ ...form, kind: 'image', image: 'A b' })?.field).toBe('image')
    const wrong = { ...toRepositoryForm(api), runsIn: { ...form, path: '/etc/passwd' } }
    expect(Object.keys(repositoryProblems(wrong))).toEqual(['runsIn'])
  })

  test('is told while it is built, with what it is made from', () => {
    const setup: TaskSetup = {
      ...{ state: 'running', commands: [], with_secrets: false, from_cache: false },
      ...{ runs_in: { kind: 'dockerfile', path: 'Dockerfile' }, has_image: false },
    }
    expect(describeSetup(setup, 'planning')).toBe(
      'The image that agents run in is being made from Dockerfile.',
    )
    expect(describeSetup({ ...setup, has_image: true }, 'planning')).toContain('being set up')
  })
})

describe('the variables of a repository', () => {
  const kept = toVariableForms([
    { name: 'MODE', value: 'test', is_secret: false },
    { name: 'TOKEN', is_secret: true },
  ])

  test('are handed in as they were, and a secret whose value nobody typed without one', () => {
    expect(toEnvironment(kept)).toEqual([
      { name: 'MODE', value: 'test', is_secret: false },
      { name: 'TOKEN', is_secret: true },
    ])
    expect(kept.map((each) => variableProblem(each, kept))).toEqual([undefined, undefined])
    const replaced = kept.map((each) => ({ ...each, value: 'another-value' }))
    expect(toEnvironment(replaced)[1]).toEqual({
      name: 'TOKEN',
      value: 'another-value',
      is_secret: true,
    })
  })

  test('say beside their field what is wrong, and a row that holds nothing is nothing', () => {
    const [mode, token] = kept
    if (!mode || !token) throw new Error('two are needed')
    const wrong = [
      [{ ...token, name: 'OTHER' }, 'value', 'Give the secret its value.'],
      [{ ...token, value: 'short' }, 'value', 'at least 8 characters'],
      [{ ...mode, name: 'PATH' }, 'name', 'is taken'],
      [{ ...mode, name: '1st' }, 'name', 'letters, digits'],
      [{ ...mode, name: 'TOKEN' }, 'name', 'once'],
    ] as const
    for (const [form, field, text] of wrong)
      expect(variableProblem(form, form.keptAs === '' ? [form, token] : [form])).toEqual({
        field,
        text: expect.stringContaining(text),
      })
    expect(variableProblem(newVariable(), kept)).toBeUndefined()
    expect(toEnvironment([newVariable()])).toEqual([])
  })

  test('setup commands are a line each; those that nobody touched stay, also of several lines', () => {
    expect(toCommands(' npm ci \n\nmake\n', [])).toEqual(['npm ci', 'make'])
    const before = ['for each in a b; do\n  echo "$each"\ndone']
    expect(toCommands(before.join('\n'), before)).toEqual(before)
  })
})

test('the setup of a repository is told while it runs and when it failed, and then only on demand', () => {
  const running = {
    ...{ state: 'running' as const, commands: ['npm ci', 'make'], with_secrets: false },
    ...{ from_cache: false, step: 2 },
  }
  expect(describeSetup(running, 'planning')).toBe(
    'The repository is being set up: make, command 2 of 2.',
  )
  expect(isSetupShown(running, 'planning')).toBe(true)
  const error = '"make" ended with code 2.'
  const broken = { ...running, state: 'failed' as const, error }
  expect(describeSetup(broken, 'running')).toContain(
    'could not be set up: "make" ended with code 2.',
  )
  expect(describeSetup(broken, 'failed')).not.toContain('code 2')
  expect(isSetupShown(broken, 'failed')).toBe(true)
  expect(isSetupShown({ ...running, state: 'ready' }, 'running')).toBe(false)
  expect(isSetupShown(broken, 'cancelled')).toBe(false)
})

test('what is known of a repository is told by its parts, and only those there are', () => {
  const now = Date.parse(memory.created_at) + 3 * 3_600_000
  expect(memoryFacts(memory, now)).toBe('main at 3f9c1a7, 1,284 files, 4.0 MB, looked at 3 h ago')
  const parts = memoryParts(memory)
  expect(parts.map(({ title }) => title)).toEqual([
    ...['Since before', 'Languages', 'Built with', 'Commands', 'Key files', 'Dependencies'],
    ...['Submodules', 'Git LFS'],
  ])
  expect(parts[0]?.lines).toEqual(['12 files differ from 9a1b2c3', 'New: valibot', 'Gone: joi'])
  expect(parts[1]?.lines).toEqual(['TypeScript 81 %, CSS 13 %, Shell < 1 %'])
  const many = Array.from({ length: 11 }, (_, n) => ({ path: `f${n}`, about: '' }))
  const long = { ...memory, analysis: { ...memory.analysis, key_files: many } }
  expect(memoryParts(long)[4]?.lines.at(-1)).toBe('and 3 more')
})

test('a repository says what becomes of the work', () => {
  expect([api, docs].map(describeDelivery)).toEqual(['pull request for main', 'work stays here'])
})

describe('a new task of a repository', () => {
  const task = { ...emptyTask, prompt: 'x', ...takeRepository(api) }

  test('names it and what it wants otherwise, and nothing that the repository says already', () => {
    const made = toCreateTask({ ...task, overrides: { auto_pr: false } }, { autoApprove: false })
    expect(made).toMatchObject({
      ...{
        repo_template_id: 'api',
        repo_overrides: { auto_pr: false },
        source: { kind: 'git', ref: 'main' },
      },
    })
    expect(made).not.toHaveProperty('credential_id')
    const elsewhere = toCreateTask({ ...task, ref: 'next' }, { autoApprove: false })
    expect(elsewhere.source).toEqual({ kind: 'git', url: api.url, ref: 'next' })
  })

  test('is looked at with the credential of the repository', () => {
    expect(toQuestion(task)).toEqual({
      ...{ source: { kind: 'git', url: api.url, ref: 'main' }, credential_id: 'github' },
    })
  })

  test('keeps the choice in the draft, and asks for one that is missing', () => {
    expect(readDraft(toDraft(task, [])).task).toMatchObject({
      repository: 'api',
      credential: 'github',
    })
    expect(problemsOf({ ...task, repository: '' }, { count: 0 }).url).toContain('Choose one')
  })
})

test('a URL is opened by the credential that was chosen, or by a token that was typed', () => {
  const git = { ...emptyTask, prompt: 'x', sourceKind: 'git' as const, url: 'https://a.test/b.git' }
  const made = (more: object) => toCreateTask({ ...git, ...more }, { autoApprove: false })
  expect(made({ credential: 'github' })).toMatchObject({ credential_id: 'github' })
  const typed = made({ credential: 'github', token: 't' })
  expect(typed).toMatchObject({ access_token: 't' })
  expect(typed).not.toHaveProperty('credential_id')
})
