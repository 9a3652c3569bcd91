/**
 * A command as data: what it takes, what it does, how it is used. Its name and summary stand in `commands/index.ts`, so
 * that the overview need not load it. Parsing, help and errors are not its business.
 */
import type { CommandContext } from './context.ts';
import type { PlainMessageKey } from './language.ts';

/** What a process reports to its caller: 0, 1 for what the user can mend, 70 for what the platform got wrong. */
export const EXIT = { ok: 0, user: 1, system: 70 } as const;
export type ExitCode = number;

export interface ArgumentSpec {
  /** `strings` may be given several times. */
  readonly type: 'boolean' | 'string' | 'strings';
  readonly short?: string;
  /** What help shows in place of the value. */
  readonly value?: string;
  /** Values that the completion of a shell offers; what others mean is for the command to say. */
  readonly choices?: readonly string[];
  readonly summary: PlainMessageKey;
}

export interface PositionalSpec {
  readonly optional?: true;
  readonly choices?: readonly string[];
  readonly summary: PlainMessageKey;
}

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>;
/** In the order in which they are written on the command line. */
export type PositionalSpecs = Readonly<Record<string, PositionalSpec>>;

interface ArgumentValueOf {
  boolean: boolean;
  string: string | null;
  strings: readonly string[];
}

/** What a handler receives: every argument and positional by name; what was not given is `false`, `null` or empty. */
export type CommandValues<A extends ArgumentSpecs, P extends PositionalSpecs> = {
  readonly [K in keyof A]: ArgumentValueOf[A[K]['type']];
} & { readonly [K in keyof P]: P[K] extends { readonly optional: true } ? string | null : string };

export interface Command<A extends ArgumentSpecs = ArgumentSpecs, P extends PositionalSpecs = PositionalSpecs> {
  /** Command lines without the leading `sovfn`. */
  readonly examples: readonly string[];
  readonly args: A;
  readonly positionals: P;
  readonly handler: (values: CommandValues<A, P>, context: CommandContext) => Promise<ExitCode>;
}

/** A command whose argument types are settled: what the registry holds and the adapter runs. */
export type AnyCommand = Omit<Command, 'handler'> & {
  readonly handler: (values: never, context: CommandContext) => Promise<ExitCode>;
};

export function defineCommand<const A extends ArgumentSpecs, const P extends PositionalSpecs>(
  command: Command<A, P>,
): Command<A, P> {
  return command;
}
