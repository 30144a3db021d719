/**
 * What a shell needs to complete `klaudio`: a few lines that hand the words of the line to `klaudio complete-words` and offer what it
 * prints. All knowledge about commands stays in the command table.
 */
import type { Shell } from './commands.ts'

export const completionScripts: Readonly<Record<Shell, string>> = {
  // bash splits words at "=" and ":", too (COMP_WORDBREAKS); here they are put together again. Works from bash 3.2 on, as on macOS.
  bash: `# klaudio completion for bash
_klaudio() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" line word last i
  local -a words
  COMPREPLY=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    last=$((\${#words[@]} - 1))
    if ((last >= 0)) && [[ "$word" == [:=]* || "\${words[last]}" == *[:=] ]]; then
      words[last]+="$word"
    else
      words+=("$word")
    fi
  done
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" complete-words "\${words[@]}" 2>/dev/null)
}
complete -F _klaudio klaudio
`,
  zsh: `#compdef klaudio
# klaudio completion for zsh
_klaudio() {
  local line tab=$'\\t'
  local -a found
  for line in "\${(@f)$("\${words[1]}" complete-words "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z "$line" ]] && continue
    if [[ "$line" == ":files" ]]; then _files; return; fi
    found+=("\${\${line%%$tab*}//:/\\\\:}:\${line#*$tab}")
  done
  (( \${#found} )) && _describe 'klaudio' found
}
if [[ "$funcstack[1]" == "_klaudio" ]]; then _klaudio "$@"; else compdef _klaudio klaudio; fi
`,
  fish: `# klaudio completion for fish
function __klaudio_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] complete-words $words[2..-1] 2>/dev/null)
    if test "$found[1]" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $found
    end
end
complete -c klaudio -f -a '(__klaudio_complete)'
`,
}
