/** One run of the command line, from its words to its exit code. It never throws and touches nothing but `io`. */
import { EXIT, type ExitCode } from './command.ts';
import { COMMANDS, commandsOfGroup } from './commands/index.ts';
import type { CliIo, CommandContext } from './context.ts';
import { chooseLanguage, loadMessages, makeSay, type Say } from './language.ts';
import { Output } from './output.ts';

const HELP_WORDS = ['--help', '-h'];
const VERSION_WORDS = ['--version', '-v'];

interface Run {
  readonly io: CliIo;
  readonly output: Output;
  readonly say: Say;
}

/** Runs `sovfn <argv>`. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const say = makeSay(await loadMessages(chooseLanguage(io.env)));
  const run: Run = { io, output: new Output(io, io.env), say };
  try {
    return await dispatch(argv, run);
  } catch (error) {
    const { handleError } = await import('./handle-error.ts');
    const locale = chooseLanguage(io.env);
    return handleError(error, { ...run, locale, signal: io.signal, json: argv.includes('--json') });
  }
}

async function dispatch(argv: readonly string[], run: Run): Promise<ExitCode> {
  const [first] = argv;
  if (first !== undefined && VERSION_WORDS.includes(first)) return runCommand('version', [], run);
  if (first === undefined || HELP_WORDS.includes(first)) return showHelp([], run);
  if (first === 'help') return showHelp(argv.slice(1), run);
  if (wantsHelp(argv)) return showHelp(argv, run);
  const name = findCommand(argv);
  if (name === null) {
    if (argv.length === 1 && commandsOfGroup(first).length > 0) return showHelp(argv, run);
    const { unknownCommand } = await import('./usage-errors.ts');
    throw unknownCommand(argv, run.say);
  }
  return runCommand(name, argv.slice(name.split(' ').length), run);
}

async function runCommand(name: string, words: readonly string[], { io, output, say }: Run): Promise<ExitCode> {
  const { load, prepare } = COMMANDS[name]!;
  await prepare?.();
  const [command, { parseArguments }] = await Promise.all([load(), import('./parse-arguments.ts')]);
  const { values, json } = parseArguments(name, command, words, say);
  const context: CommandContext = {
    ...io,
    output,
    say,
    json,
    locale: chooseLanguage(io.env),
    isInteractive: io.stdin.isTTY === true && io.stderr.isTTY === true,
    connect: async () => (await import('./current-platform.ts')).connectToPlatform(io, say),
    connectAsOperator: async () => (await import('./current-platform.ts')).connectToOperator(io, say),
  };
  return command.handler(values as never, context);
}

async function showHelp(words: readonly string[], { output, say }: Run): Promise<ExitCode> {
  const { commandHelp, groupHelp, overview } = await import('./help.ts');
  const name = findCommand(words);
  if (name !== null) output.result(commandHelp(name, await COMMANDS[name]!.load(), say, output));
  else if (words[0] !== undefined && commandsOfGroup(words[0]).length > 0) {
    output.result(groupHelp(words[0], say, output));
  } else if (words.length === 0) output.result(overview(say, output));
  else {
    const { unknownCommand } = await import('./usage-errors.ts');
    throw unknownCommand(words, say);
  }
  return EXIT.ok;
}

/** `--help` anywhere before `--`, where everything is a value. */
function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => HELP_WORDS.includes(word));
}

function findCommand(words: readonly string[]): string | null {
  const pair = words.slice(0, 2).join(' ');
  if (Object.hasOwn(COMMANDS, pair)) return pair;
  const [first] = words;
  return first !== undefined && Object.hasOwn(COMMANDS, first) ? first : null;
}
