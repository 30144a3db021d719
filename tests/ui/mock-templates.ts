/** Teams, repositories and credentials to look at. */
import type { Credential } from '#contract/credential.ts'
import type { RepoMemory } from '#contract/repo-memory.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import type { KeptSetup } from '#contract/setup.ts'
import type { TeamRole, TeamTemplate } from '#contract/team.ts'

const role = (name: string, more: Partial<TeamRole> = {}): TeamRole => ({
  ...{ name, description: '', prompt_hint: '', max_instances: 1, run_last: false, model: '' },
  ...{ allowed_tools: [], disallowed_tools: [] },
  ...more,
})
const developer = role('developer', { description: 'Writes the code and its tests.' })
const reviewer = role('reviewer', {
  ...{ description: 'Reads the finished work as a whole.', run_last: true, model: 'sonnet' },
  disallowed_tools: ['Edit', 'Write'],
})
const made = '2026-01-01T12:00:00.000Z'
const team = (more: Partial<TeamTemplate>): TeamTemplate => ({
  ...{ id: 'solo', name: 'Solo', description: 'One developer does everything.', max_agents: 1 },
  ...{ review: false, roles: [developer], mode: 'sequential', is_default: false },
  ...{ created_at: made, updated_at: made },
  ...more,
})

export const teams: TeamTemplate[] = [
  team({}),
  team({
    ...{ id: 'dev-review', name: 'Developer and reviewer', is_default: true, review: true },
    ...{ description: 'A developer works, a reviewer looks over the result.', max_agents: 2 },
    roles: [developer, reviewer],
  }),
  team({
    ...{ id: 'full-team', name: 'Full team', mode: 'collaborative', max_agents: 5, review: true },
    description: 'A manager directs up to three developers, a reviewer looks over the result.',
    roles: [role('manager'), { ...developer, max_instances: 3 }, reviewer],
  }),
  team({
    ...{ id: 'parallel-devs', name: 'Parallel developers', mode: 'parallel', max_agents: 3 },
    description: 'Up to three developers work at the same time, each on its own part.',
    roles: [{ ...developer, max_instances: 3 }],
  }),
]

const repository = (more: Partial<RepoTemplate>): RepoTemplate => ({
  ...{ id: 'api', name: 'acme/api', url: 'https://github.com/acme/api.git', pr_draft: false },
  ...{ default_branch: 'main', credential_id: 'github', enable_memory: false, pr_target: 'main' },
  ...{ auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true },
  ...{ pr_reviewers: ['ada'], pr_labels: [], created_at: made, updated_at: made },
  environment: [],
  setup_commands: [],
  setup_secrets: false,
  runs_in: { kind: 'standard' },
  has_webhook_secret: false,
  ...more,
})
export const repositories: RepoTemplate[] = [
  repository({
    environment: [
      { name: 'NODE_ENV', value: 'test', is_secret: false },
      { name: 'REGISTRY_TOKEN', is_secret: true },
    ],
    setup_commands: ['npm ci', 'npm run build --if-present'],
    setup_secrets: true,
    runs_in: { kind: 'devcontainer', path: '.devcontainer/devcontainer.json' },
  }),
  repository({
    ...{ id: 'docs', name: 'acme/docs', url: 'git@github.com:acme/docs.git', auto_push: false },
    ...{ auto_pr: false, credential_id: 'deploy', pr_reviewers: [] },
    ...{ has_webhook_secret: true, issue_label: 'ready' },
    webhook: { received_at: made, effect: 'task', task_id: 'planning' },
  }),
]

const credentials: Credential[] = [
  {
    ...{ id: 'deploy', name: 'Deploy key', kind: 'ssh-key', used_by: [] },
    hint: 'ssh-ed25519 SHA256:0m5Vn4ZkGc0pQ1y8l1zJr7Qq3x2wK9sTt6uYb5hNf0E',
    ...{ created_at: made, updated_at: made },
  },
  {
    ...{ id: 'github', name: 'GitHub, acme', kind: 'token', hint: '…k3Qz' },
    used_by: [{ kind: 'repo-template', id: 'api', name: 'acme/api' }],
    ...{ created_at: made, updated_at: made, last_used_at: made },
  },
]

const keptSetups: KeptSetup[] = [
  {
    ...{ id: 'a1b2c3', repository: 'https://github.com/acme/api.git', bytes: 412_000_000 },
    ...{ commands: ['npm ci', 'npm run build --if-present'], tasks: 1 },
    ...{ made_at: made, used_at: made },
  },
]

export const memory: RepoMemory = {
  ...{ id: 'm', url: 'https://github.com/acme/api', branch: 'main', is_exact: true },
  ...{ commit_hash: '3f9c1a7d2e84b6051c7a9d3e2f1b4c8d7e6a5f09', created_at: made },
  ...{ content: '', file_tree: '[]', languages: '{}', frameworks: '[]' },
  ...{ key_files: '[]', dependencies: '[]' },
  since: {
    ...{ from_commit: '9a1b2c3d4e5f60718293a4b5c6d7e8f901234567', files: 12, paths: [] },
    ...{ dependencies_added: ['valibot'], dependencies_removed: ['joi'] },
  },
  analysis: {
    ...{ files: 1284, bytes: 4_180_000, layout: [], lfs: ['*.psd'], notes: [] },
    languages: [
      { name: 'TypeScript', bytes: 3_200_000, files: 610, share: 0.81 },
      { name: 'CSS', bytes: 520_000, files: 44, share: 0.13 },
      { name: 'Shell', bytes: 20_000, files: 9, share: 0.005 },
    ],
    frameworks: ['Docker', 'Hono', 'Solid', 'TypeScript', 'Vite'],
    key_files: ['README.md', 'package.json', 'src/main.ts'].map((path) => ({ path, about: '' })),
    dependencies: ['hono', 'solid-js', 'valibot'].map((name) => ({
      ...{ name, version: '1', manifest: 'package.json', is_dev: false },
    })),
    commands: ['pnpm install --frozen-lockfile', 'pnpm run test', 'pnpm run build'].map(
      (command) => ({ kind: 'test' as const, command, from: 'package.json' }),
    ),
    submodules: [{ path: 'vendor/icons', commit: '1'.repeat(40) }],
  },
}

export const templateRoutes: [string, RegExp, () => unknown][] = [
  ['GET', /^\/api\/team-templates$/, () => ({ templates: teams })],
  ['GET', /^\/api\/setups$/, () => ({ setups: keptSetups, bytes: 412_000_000 })],
  ['GET', /^\/api\/repo-templates$/, () => ({ templates: repositories })],
  ['GET', /^\/api\/repo-templates\/api\/memory$/, () => ({ memory })],
  ['GET', /^\/api\/repo-templates\/docs\/memory$/, () => ({ memory: null })],
  ['GET', /^\/api\/credentials$/, () => ({ credentials })],
]
