import { Argument, type Command } from 'commander'
import type { Terminal } from '../terminal.ts'

const BASH = `# slm-audit in bash: eval "$(slm-audit completion bash)"
_slm_audit() {
  local line cur text prefix=
  line="\${COMP_LINE:0:COMP_POINT}"
  local -a words
  IFS=' ' read -r -a words <<< "$line"
  [[ "$line" == *' ' ]] && words+=("")
  cur="\${words[\${#words[@]}-1]}"
  # Bash takes a word apart at each colon, and wants what stands behind the last one.
  [[ "$cur" == *:* && "$COMP_WORDBREAKS" == *:* ]] && prefix="\${cur%"\${cur##*:}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r text _; do
    # It is typed as it stands: what an application recorded must not run as a command.
    COMPREPLY+=("$(printf %q "\${text#"$prefix"}")")
  done < <(slm-audit complete -- "\${words[@]:1}" 2>/dev/null)
  [[ "\${COMPREPLY[0]}" == *[:.] ]] && compopt -o nospace
}
complete -o bashdefault -o default -F _slm_audit slm-audit`

const ZSH = `#compdef slm-audit
# slm-audit in zsh: eval "$(slm-audit completion zsh)", after compinit
_slm_audit() {
  local -a texts abouts
  local text about
  while IFS=$'\\t' read -r text about; do
    texts+=("$text")
    abouts+=("$text  -- $about")
  done < <(slm-audit complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#texts} )); then
    compadd -S '' -d abouts -a texts
  else
    _files
  fi
}
compdef _slm_audit slm-audit`

const FISH = `# slm-audit in fish: slm-audit completion fish | source
function __slm_audit
  set -l words (commandline -opc) (commandline -ct)
  set -l found (slm-audit complete -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c slm-audit -f -a '(__slm_audit)'`

const SCRIPTS: { readonly [shell: string]: string } = { bash: BASH, zsh: ZSH, fish: FISH }

/** `slm-audit completion`: a script that makes a shell complete commands, options and filters. */
export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description(
      'a script that completes commands, options and filters: eval "$(slm-audit completion bash)"'
    )
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => {
      terminal.write(`${SCRIPTS[shell]}\n`)
    })
}
