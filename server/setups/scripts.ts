/** What is run in a setup's container, as its user. */
import { seedPath, stateDir, workspaceDir } from '#agents/container.ts'

const bundle = `${stateDir}/setup.bundle`

/** A clone at a commit; the bundle comes on standard input. */
export const seedCommand = (commit: string): string[] => [
  'sh',
  '-c',
  `cat > ${bundle} && KLAUDIO_WORKSPACE=${workspaceDir} sh ${seedPath} ${bundle} "$1" setup && rm -f ${bundle}`,
  'sh',
  commit,
]

/** Files of submodules, on standard input, as agents get them: to git their folders are pointers, whatever is in them. */
export const laySubmodules: string[] = ['tar', '-xzf', '-', '-C', workspaceDir]

/**
 * All commands in one shell, so that what one exports the next one has; the first that fails ends it. Lines that begin with `mark` are ours:
 * the number of the command that begins, and `end` with the exit code, which also says that nothing more is waited for.
 */
export function commandsScript(commands: readonly string[], mark: string): string[] {
  const parts = commands.flatMap((command, index) => [
    `printf '\\n%s %s\\n$ %s\\n' ${mark} ${index + 1} ${quote(command)}`,
    command,
  ])
  const script = [
    `cd ${workspaceDir}`,
    'exec < /dev/null 2>&1',
    `trap 'printf "\\n%s end %s\\n" ${mark} "$?"' EXIT`,
    'set -eo pipefail',
    ...parts,
  ]
  return ['bash', '-c', script.join('\n')]
}

/**
 * Takes away what agents must not begin with: the files of the commit (each agent gets those of its own), what git neither knows nor ignores (it
 * would end up in an agent's commit; the names are printed, each with a NUL behind it), and all of the state but the home. Folders of submodules
 * stay as the commands left them: an agent lays the same files over it.
 */
export const tidyCommand = (commit: string): string[] => [
  'sh',
  '-c',
  `set -e
cd ${workspaceDir}
[ -d .git ] || { echo 'The commands removed the .git of the repository.' >&2; exit 3; }
git() { command git -c core.hooksPath=/dev/null -c core.fsmonitor=false "$@"; }
rm -f .git/index.lock
git reset -q --hard "$1"
git ls-files -z --others --exclude-standard --directory
git clean -ffdq
git ls-files -sz | perl -0ne 'print if s/^160000 [^\\t]*\\t//' | git update-index -z --force-remove --stdin
git rm -rfq --ignore-unmatch .
rm -rf .git
find ${stateDir} -mindepth 1 -maxdepth 1 ! -name home -exec rm -rf {} +
mkdir -p ${stateDir}/home ${stateDir}/claude`,
  'sh',
  commit,
]

/** Prints the paths of up to three files that hold a line of standard input. */
export const searchCommand: string[] = [
  'sh',
  '-c',
  // The standard image has no such folder; the shell of another one may have a grep that cannot do it.
  `PATH=/opt/klaudio/bin:$PATH; grep -rlsaF -f /dev/stdin --devices=skip ${workspaceDir} ${stateDir} /var/tmp /var/lock /run /home /opt /srv /usr/local /dev/shm | head -3`,
]

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
