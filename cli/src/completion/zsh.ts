import { firstWords, groups, type OfferedCommand, optionNames, secondWords, twoWordCases } from './completion-table.ts';

/** A file of the name `_sovfn` in `$fpath`, or `source <(sovfn completion zsh)` after `compinit`. */
export function zshCompletion(table: readonly OfferedCommand[]): string {
  const lists = groups(table).map((group) => describe(group, secondWords(table, group)));
  return `#compdef sovfn
# Completion of sovfn for zsh: source <(sovfn completion zsh)
_sovfn() {
  local previous=\${words[CURRENT - 1]} command
  local -a given offered
  given=(\${\${words[2,CURRENT-1]}:#-*})
  case "\${given[1]} \${given[2]}" in
${twoWordCases(table)}
    *) command=\${given[1]} ;;
  esac
  case "$command $previous" in
${table.flatMap(values).join('\n')}
  esac
  case "$command" in
${describe('', firstWords(table))}
${lists.join('\n')}
${table.map(offers).join('\n')}
  esac
  _files
}
if [[ $funcstack[1] == _sovfn ]]; then _sovfn "$@"; else compdef _sovfn sovfn; fi`;
}

function values({ words, options }: OfferedCommand): string[] {
  return options.flatMap((option) => {
    if (!option.takesValue) return [];
    const patterns = optionNames(option).map((name) => quoted([...words, name].join(' ')));
    const answer = option.choices.length === 0 ? '_files' : `compadd -- ${option.choices.map(quoted).join(' ')}`;
    return [`    ${patterns.join(' | ')}) ${answer}; return ;;`];
  });
}

function offers({ words, options, choices }: OfferedCommand): string {
  const described = options.flatMap((option) => optionNames(option).map((name) => item(name, option.summary)));
  const rest = choices.length === 0 ? '' : `; compadd -- ${choices.map(quoted).join(' ')}; return`;
  return `    ${quoted(words.join(' '))}) if [[ $PREFIX == -* ]]; then offered=(${described.join(' ')}); _describe -o option offered; return; fi${rest} ;;`;
}

function describe(command: string, offered: readonly { readonly word: string; readonly summary: string }[]): string {
  const items = offered.map(({ word, summary }) => item(word, summary));
  return `    ${quoted(command)}) offered=(${items.join(' ')}); _describe command offered; return ;;`;
}

const item = (word: string, summary: string): string => quoted(`${word}:${summary.replaceAll(':', '\\:')}`);
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
