# Brings what was merged meanwhile into a clone whose agent is at rest. The bundle comes on standard input.
#
#   sh -c "$script" sh <commit>
#
# Ends with 0 when the clone has the commit; 10 when files that it would change were changed here as well and are not
# committed; 11 when both sides changed the same lines, whose paths are on standard output, NUL-separated; 12 when there
# is no clone; else git's own code. With any other end than 0 the files are as they were.
set -u
commit=$1
export GIT_AUTHOR_NAME='Klaudio Agent' GIT_AUTHOR_EMAIL=agent@klaudio.local
export GIT_COMMITTER_NAME='Klaudio Agent' GIT_COMMITTER_EMAIL=agent@klaudio.local
export GIT_TERMINAL_PROMPT=0 GIT_EDITOR=true LC_ALL=C
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

g() {
  git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgSign=false -c gc.auto=0 \
    -c submodule.recurse=false -c merge.ff=true -c safe.directory='*' "$@"
}

file=$(mktemp "${KLAUDIO_STATE:-/state}/merged-XXXXXX") || exit 12
trap 'rm -f "$file"' EXIT
cat > "$file"
cd "${KLAUDIO_WORKSPACE:-/workspace}" || exit 12
dir=$(g rev-parse --absolute-git-dir 2> /dev/null) || exit 12
# The agent is at rest: whoever held this is gone.
rm -f "$dir/index.lock"
head=$(g rev-parse --verify -q 'HEAD^{commit}') || exit 12
g cat-file -e "$commit^{commit}" 2> /dev/null || g bundle unbundle "$file" > /dev/null || exit
! g merge-base --is-ancestor "$commit" "$head" || exit 0
if g merge-base --is-ancestor "$head" "$commit"; then
  g merge -q --ff-only "$commit" > /dev/null || exit 10
  exit 0
fi
# Commits of its own since then: together with changes that are in none, a merge could not be taken back.
[ -z "$(g status --porcelain -uno)" ] || exit 10
if ! g merge -q --no-edit --no-verify "$commit" > /dev/null; then
  g diff --name-only -z --diff-filter=U
  g merge --abort 2> /dev/null || g reset -q --merge
  exit 11
fi
