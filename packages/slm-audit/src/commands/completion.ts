import { Argument, type Command } from 'commander'
import type { Terminal } from '../terminal.ts'

const BASH = `# slm-audit in bash: eval "$(slm-audit completion bash)"
_slm_audit() {
  local line cur quote text prefix=
  line="\${COMP_LINE:0:COMP_POINT}"
  local -a words
  IFS=' ' read -r -a words <<< "$line"
  [[ "$line" == *' ' ]] && words+=("")
  cur="\${words[\${#words[@]}-1]}"
  quote="\${cur:0:1}"
  if [[ "$quote" == '"' || "$quote" == "'" ]]; then
    # Bash takes no word apart that is in quotes, and closes them itself.
    cur="\${cur:1}"
    words[\${#words[@]}-1]="$cur"
  else
    # Bash takes a word apart at each colon and each =, and wants what stands behind the last one.
    quote=
    [[ "$cur" == --*=* && "$COMP_WORDBREAKS" == *=* ]] && prefix="\${cur%%=*}="
    [[ "$cur" == *:* && "$COMP_WORDBREAKS" == *:* ]] && prefix="\${cur%"\${cur##*:}"}"
  fi
  COMPREPLY=()
  while IFS=$'\\t' read -r text _; do
    # It is typed as it stands: what an application recorded must not run as a command.
    if [[ "$quote" == '' ]]; then
      COMPREPLY+=("$(printf %q "\${text#"$prefix"}")")
    elif [[ "$text" =~ ^[[:alnum:]_.,:/@%+=[:blank:]-]*$ ]]; then
      COMPREPLY+=("$text")
    fi
  done < <(slm-audit complete -- "\${words[@]:1}" 2>/dev/null)
  [[ "\${COMPREPLY[0]}" == *[:.] ]] && compopt -o nospace
}
complete -o bashdefault -o default -F _slm_audit slm-audit`

const ZSH = `#compdef slm-audit
# slm-audit in zsh: eval "$(slm-audit completion zsh)"
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_slm_audit() {
  local -a texts abouts
  local cur="\${words[CURRENT]#[\\"']}" text about
  while IFS=$'\\t' read -r text about; do
    texts+=("$text")
    abouts+=("$text  -- $about")
  done < <(slm-audit complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)cur}" 2>/dev/null)
  if (( \${#texts} )); then
    compadd -S '' -d abouts -a texts
  else
    _files
  fi
}
compdef _slm_audit slm-audit`

const FISH = `# slm-audit in fish: slm-audit completion fish | source
function __slm_audit
  set -l words (commandline -opc) (commandline -ct | string trim --left --chars "'\\"")
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
