/** What decides whether setup commands have to run again: they themselves, the image, the variables, and the files they read. */

/** As they are in a commit. */
export type SetupFile = { path: string; oid: string }

export type SetupInputs = {
  repository: string
  commands: readonly string[]
  withSecrets: boolean
  /** Tag of the image they run in. */
  image: string
  /** By name; null for a secret, whose next value is no reason to run them again: it opens the same. */
  variables: Record<string, string | null>
  files: readonly SetupFile[]
  /** Stands for all files of submodules that are here; absent where there are none. */
  submodules?: string | undefined
}

/** Raised when what is done around the commands changes what they leave. */
const version = 1

/** 24 hexadecimal digits; the same inputs in any order give the same. */
export function toSetupKey({
  files,
  commands,
  variables,
  submodules,
  ...rest
}: SetupInputs): string {
  const canonical = JSON.stringify({
    version,
    ...{ repository: rest.repository, image: rest.image, withSecrets: rest.withSecrets, commands },
    variables: Object.entries(variables).toSorted(byFirst),
    files: decidingFiles(files, commands)
      .map(({ path, oid }) => [path, oid] as const)
      .toSorted(byFirst),
    // Which of their files a build reads is told by nothing here.
    submodules,
  })
  return Bun.SHA256.hash(canonical, 'hex').slice(0, 24)
}

const byFirst = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0

/**
 * Files that name dependencies and tools, wherever they are, and those that the commands name, with all below a folder that is named.
 * Where there is none of the first kind nothing tells what the commands depend on, so every file decides.
 */
export function decidingFiles<File extends SetupFile>(
  files: readonly File[],
  commands: readonly string[],
): File[] {
  const words = new Set(commands.flatMap(wordsOf))
  const isNamed = ({ path }: File): boolean =>
    ancestors(path).some((each) => words.has(each)) || words.has(path)
  const known = files.filter(({ path }) => dependencyFile.test(path))
  return known.length === 0
    ? [...files]
    : files.filter((file) => known.includes(file) || isNamed(file))
}

/** `./scripts/setup.sh` names `scripts/setup.sh`. */
const wordsOf = (command: string): string[] =>
  command.split(/[\s'"`;|&()<>=]+/).map((word) => word.replace(/^(\.\/)+/, '').replace(/\/+$/, ''))

function ancestors(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

const names = [
  'package\\.json|package-lock\\.json|npm-shrinkwrap\\.json|yarn\\.lock|pnpm-lock\\.yaml|pnpm-workspace\\.yaml|bun\\.lockb?|deno\\.(json|lock)',
  '\\.npmrc|\\.yarnrc(\\.yml)?|\\.nvmrc|\\.node-version|\\.tool-versions|\\.python-version|\\.ruby-version|rust-toolchain(\\.toml)?|mise\\.toml',
  'requirements[^/]*\\.(txt|in)|pyproject\\.toml|setup\\.(py|cfg)|poetry\\.lock|uv\\.lock|pdm\\.lock|Pipfile(\\.lock)?|environment\\.ya?ml|conda-lock\\.yml',
  'Cargo\\.(toml|lock)|go\\.(mod|sum|work)|Gemfile(\\.lock)?|[^/]*\\.gemspec|composer\\.(json|lock)|mix\\.(exs|lock)|pubspec\\.(yaml|lock)',
  'pom\\.xml|build\\.gradle(\\.kts)?|settings\\.gradle(\\.kts)?|gradle\\.(properties|lockfile)|libs\\.versions\\.toml|build\\.sbt',
  '[^/]*\\.(csproj|fsproj|sln)|Directory\\.[^/]*\\.props|packages\\.lock\\.json|global\\.json|Package\\.(swift|resolved)|flake\\.(nix|lock)',
  'CMakeLists\\.txt|conanfile\\.(txt|py)|vcpkg\\.json|Makefile|makefile|GNUmakefile|justfile|Taskfile\\.ya?ml',
]
const dependencyFile = new RegExp(`(^|/)(${names.join('|')})$`)
