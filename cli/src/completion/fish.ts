import { firstWords, groups, type OfferedCommand, type OfferedOption, secondWords } from './completion-table.ts';

/** A file `sovfn.fish` in fish's `completions` folder, or `sovfn completion fish | source`. */
export function fishCompletion(table: readonly OfferedCommand[]): string {
  const two = table.flatMap(({ words }) => (words.length === 2 ? [quoted(words.join(' '))] : []));
  return `# Completion of sovfn for fish: sovfn completion fish | source
function __sovfn_command
  set -l given (string match -v -- '-*' (commandline -opc)[2..])
  set -l pair "$given[1] $given[2]"
  if contains -- $pair ${two.join(' ')}
    echo $pair
  else
    echo "$given[1]"
  end
end
function __sovfn_is
  test (__sovfn_command) = "$argv"
end
complete -c sovfn -e
${firstWords(table)
  .map((offered) => word('', offered))
  .join('\n')}
${groups(table)
  .flatMap((group) => secondWords(table, group).map((offered) => word(group, offered)))
  .join('\n')}
${table.flatMap(optionLines).join('\n')}`;
}

function optionLines({ words, options, choices }: OfferedCommand): string[] {
  const at = condition(words.join(' '));
  const lines = options.map((option) => `complete -c sovfn ${at} ${flags(option)} -d ${quoted(option.summary)}`);
  return choices.length === 0 ? lines : [...lines, `complete -c sovfn ${at} -f -a ${quoted(choices.join(' '))}`];
}

function flags({ name, short, takesValue, choices }: OfferedOption): string {
  const parts = [`-l ${name.slice(2)}`, ...(short === null ? [] : [`-s ${short.slice(1)}`])];
  if (takesValue) parts.push(choices.length === 0 ? '-r' : `-x -a ${quoted(choices.join(' '))}`);
  return parts.join(' ');
}

function word(command: string, { word: offered, summary }: { word: string; summary: string }): string {
  return `complete -c sovfn ${condition(command)} -f -a ${quoted(offered)} -d ${quoted(summary)}`;
}

const condition = (command: string): string => `-n ${quoted(`__sovfn_is ${command}`.trim())}`;
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
