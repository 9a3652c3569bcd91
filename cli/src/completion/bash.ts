import { firstWords, groups, type OfferedCommand, optionNames, secondWords, twoWordCases } from './completion-table.ts';

/** Where nothing is offered, bash completes files. */
export function bashCompletion(table: readonly OfferedCommand[]): string {
  const lists = groups(table).map((group) => `    ${quoted(group)}) offered=${list(secondWords(table, group))} ;;`);
  return `# Completion of sovfn for bash: source <(sovfn completion bash)
_sovfn() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local given=() offered= command= at
  for ((at = 1; at < COMP_CWORD; at++)); do
    [[ \${COMP_WORDS[at]} == -* ]] || given+=("\${COMP_WORDS[at]}")
  done
  COMPREPLY=()
  case "\${given[0]} \${given[1]}" in
${twoWordCases(table)}
    *) command=\${given[0]} ;;
  esac
  case "$command $previous" in
${table.flatMap(values).join('\n')}
  esac
  if [[ -z $offered ]]; then
    case "$command" in
    '') offered=${list(firstWords(table))} ;;
${lists.join('\n')}
${table.map(offers).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$offered" -- "$current"))
}
complete -o default -F _sovfn sovfn`;
}

/** Behind an option with a value: its choices, or none at all, so that files are offered. */
function values({ words, options }: OfferedCommand): string[] {
  return options.flatMap((option) => {
    if (!option.takesValue) return [];
    const patterns = optionNames(option).map((name) => quoted([...words, name].join(' ')));
    const answer = option.choices.length === 0 ? 'return' : `offered=${quoted(option.choices.join(' '))}`;
    return [`    ${patterns.join(' | ')}) ${answer} ;;`];
  });
}

/** Options once a dash is written. */
function offers({ words, options, choices }: OfferedCommand): string {
  const all = quoted(options.flatMap(optionNames).join(' '));
  return `    ${quoted(words.join(' '))}) if [[ $current == -* ]]; then offered=${all}; else offered=${quoted(choices.join(' '))}; fi ;;`;
}

const list = (offered: readonly { readonly word: string }[]): string =>
  quoted(offered.map(({ word }) => word).join(' '));
const quoted = (text: string): string => `'${text}'`;
