/**
 * The part of a devcontainer.json (containers.dev/implementors/json_reference) that makes sense for agents. What the environment would be wrong
 * without is refused; what would open the machine is told and never obeyed; what concerns an editor is passed over.
 */
import * as v from 'valibot'
import { toMessage } from '#contract/errors.ts'
import { folderOf, insideTree } from './paths.ts'
import { refusal } from './refusal.ts'

export type Devcontainer = {
  base:
    | { kind: 'image'; image: string }
    | {
        kind: 'build'
        dockerfile: string
        /** `''` is the whole repository. */
        context: string
        target?: string
        args: Record<string, string>
      }
  /** For Dockerfile `ENV`: `${containerEnv:X}` is still in it. */
  env: Record<string, string>
  /** In the order in which they are run. */
  commands: string[]
  /** What is not obeyed, as sentences. */
  notes: string[]
}

const text = v.string()
const command = v.union([text, v.array(text), v.record(v.string(), v.union([text, v.array(text)]))])
type Command = v.InferOutput<typeof command>
/** null takes a variable away; there is none to take. */
const variables = v.optional(v.record(v.string(), v.nullable(text)), {})

const File = v.looseObject({
  image: v.optional(text),
  build: v.optional(
    v.looseObject({
      dockerfile: v.optional(text),
      context: v.optional(text),
      target: v.optional(text),
      args: v.optional(v.record(v.string(), text), {}),
    }),
  ),
  // The names of 2019, which many files still have.
  dockerFile: v.optional(text),
  context: v.optional(text),
  containerEnv: variables,
  remoteEnv: variables,
  onCreateCommand: v.optional(command),
  updateContentCommand: v.optional(command),
  postCreateCommand: v.optional(command),
  features: v.optional(v.record(v.string(), v.unknown())),
})
type File = v.InferOutput<typeof File>

/** `path` is where it stands in the repository. Throws `image.failed` with what to do. */
export function parseDevcontainer(source: string, path: string): Devcontainer {
  const file = read(source, path)
  const notes = new Set<string>(disobeyed(file, path))
  if (file.dockerComposeFile !== undefined)
    throw refusal(
      `${path} is made of Docker Compose services, which agents do not get. Choose a Dockerfile or an image for this repository instead.`,
    )
  const features = Object.keys(file.features ?? {})
  if (features.length > 0)
    throw refusal(
      `${path} asks for features (${features.slice(0, 3).join(', ')}), which are not installed here. Put what they bring into a Dockerfile that it names, or choose a Dockerfile or an image for this repository.`,
    )
  const fill = createFill(path, notes)
  const base = baseOf(file, path, fill)
  const env = { ...environmentOf(file.containerEnv), ...environmentOf(file.remoteEnv) }
  return {
    base,
    env: Object.fromEntries(
      Object.entries(env)
        .filter(([name, value]) => isAllowed({ name, value, path, notes }))
        .map(([name, value]) => [name, fill(value, true)]),
    ),
    commands: [file.onCreateCommand, file.updateContentCommand, file.postCreateCommand]
      .flatMap(toCommands)
      .map((each) => fill(each)),
    notes: [...notes],
  }
}

function read(source: string, path: string): File {
  let value: unknown
  try {
    value = Bun.JSONC.parse(source)
  } catch (error) {
    throw refusal(`${path} is not JSON with comments: ${toMessage(error)}.`, error)
  }
  const found = v.safeParse(File, value)
  if (found.success) return found.output
  const [issue] = found.issues
  throw refusal(`${path} cannot be read: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}.`)
}

type Fill = (text: string, keepsContainer?: boolean) => string

const workspace = '/workspace'
const variable =
  /\$\{(localEnv|env|containerEnv|localWorkspaceFolder(?:Basename)?|containerWorkspaceFolder(?:Basename)?|devcontainerId)(?::([^:}]*))?(?::([^}]*))?\}/g

const places: Record<string, string> = {
  localWorkspaceFolder: workspace,
  containerWorkspaceFolder: workspace,
  localWorkspaceFolderBasename: 'workspace',
  containerWorkspaceFolderBasename: 'workspace',
  devcontainerId: 'klaudio',
}

/** Nothing of the machine that the server runs on is ever put in. */
function createFill(path: string, notes: Set<string>): Fill {
  return (given, keepsContainer = false) =>
    given.replace(variable, (whole, kind: string, _name?: string, fallback?: string) => {
      const known = places[kind]
      if (known !== undefined) return known
      if (kind === 'containerEnv' && keepsContainer) return whole
      notes.add(
        `${path} asks for ${whole.split(/[:}]/, 2).join(':')}}, which is ${fallback ? 'its default' : 'empty'} here: nothing of the machine reaches agents.`,
      )
      return fallback ?? ''
    })
}

function baseOf(file: File, path: string, fill: Fill): Devcontainer['base'] {
  const folder = folderOf(path)
  const dockerfile = file.build?.dockerfile ?? file.dockerFile
  if (dockerfile !== undefined) {
    const { target, args = {} } = file.build ?? {}
    return {
      kind: 'build',
      dockerfile: insideTree(folder, fill(dockerfile)),
      context: insideTree(folder, fill(file.build?.context ?? file.context ?? '.')),
      ...(target !== undefined && { target: fill(target) }),
      args: Object.fromEntries(Object.entries(args).map(([name, value]) => [name, fill(value)])),
    }
  }
  if (file.image !== undefined) return { kind: 'image', image: fill(file.image) }
  throw refusal(`${path} names neither an image nor a Dockerfile: give it "image" or "build".`)
}

const environmentOf = (given: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )

/** What the container, the CLI and its login stand on. */
const taken =
  /^(HOME|USER|SHELL|ENV|BASH_ENV|LD_.*|PERL5.*|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|SSL_CERT_FILE|ANTHROPIC_.*|CLAUDE.*|KLAUDIO_.*)$/i

function isAllowed(given: {
  name: string
  value: string
  path: string
  notes: Set<string>
}): boolean {
  const { name, value, path, notes } = given
  const problem = !/^[A-Za-z_]\w*$/.test(name)
    ? 'is no name of a variable'
    : taken.test(name)
      ? 'is what agents or their login stand on'
      : /[\n\r\0]/.test(value)
        ? 'has more than one line'
        : undefined
  if (problem !== undefined) notes.add(`The variable ${name} of ${path} is not set: it ${problem}.`)
  return problem === undefined
}

function toCommands(given: Command | undefined): string[] {
  if (given === undefined) return []
  const all = typeof given === 'string' || Array.isArray(given) ? [given] : Object.values(given)
  return all
    .map((each) => (typeof each === 'string' ? each : each.map(quote).join(' ')))
    .filter((each) => each.trim() !== '')
}

const quote = (word: string): string =>
  /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** What is left undone, and why. Keys that only an editor or a port has use for are not here. */
const left: Record<string, string> = {
  mounts: 'agents see no folder of the machine and share no volume',
  workspaceMount: 'the repository is at /workspace',
  runArgs: 'a repository has no say in how a container is confined',
  privileged: 'agents are confined',
  capAdd: 'agents are confined',
  securityOpt: 'agents are confined',
  initializeCommand: 'it would run on the machine itself',
  postStartCommand: 'only what is run once is run',
  postAttachCommand: 'only what is run once is run',
  secrets: 'secrets are given in the settings of the repository',
  remoteUser: 'agents are an ordinary user with the number 1000',
  containerUser: 'agents are an ordinary user with the number 1000',
}

function* disobeyed(file: File, path: string): Iterable<string> {
  for (const [key, why] of Object.entries(left))
    if (isGiven(file[key])) yield `"${key}" of ${path} is not obeyed: ${why}.`
  const folder = file.workspaceFolder
  if (isGiven(folder) && folder !== workspace)
    yield `"workspaceFolder" of ${path} is not obeyed: the repository is at ${workspace}.`
  for (const key of ['cacheFrom', 'options'])
    if (isGiven(file.build?.[key])) yield `"build.${key}" of ${path} is not obeyed.`
}

const isGiven = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== '' &&
  !(typeof value === 'object' && Object.keys(value).length === 0)

/** Where such files are; the first that is there, or the only one in a folder of its own. Throws when there is none, or several. */
export function findDevcontainer(paths: readonly string[]): string {
  const usual = ['.devcontainer/devcontainer.json', '.devcontainer.json']
  const found = usual.find((path) => paths.includes(path))
  if (found !== undefined) return found
  const named = paths.filter((path) => /^\.devcontainer\/[^/]+\/devcontainer\.json$/.test(path))
  const [only] = named
  if (only !== undefined && named.length === 1) return only
  throw refusal(
    only === undefined
      ? 'The repository has no devcontainer.json. Choose another environment for it, or add .devcontainer/devcontainer.json.'
      : `The repository has several: ${named.slice(0, 5).join(', ')}. Say which one.`,
  )
}
