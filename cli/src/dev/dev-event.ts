import type { EventSummary, LogEvent, LogGap } from '@sovfn/protocol';

/** What happens while functions are developed, in the order in which it happens. With `--json` each is a line. */
export type DevEvent =
  | {
      readonly type: 'ready';
      /** Of the port for callers. */
      readonly url: string;
      readonly functions: readonly DevFunction[];
      /** Of the platform: what `SOVFN_URL` and the file with `SOVFN_TOKEN` are for other commands. */
      readonly control: string;
      readonly tokenFile: string;
      /** Where a debugger finds the functions, such as `127.0.0.1:9229`; null: they cannot be debugged. */
      readonly inspector: string | null;
    }
  | {
      readonly type: 'reloaded';
      readonly function: string;
      readonly version: string;
      /** From when the change was seen until the new version answers. */
      readonly durationMs: number;
      readonly changed: readonly string[];
    }
  | {
      readonly type: 'build-failed';
      readonly function: string;
      /** Goes on answering; null: none does. */
      readonly version: string | null;
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
    }
  | { readonly type: 'warning'; readonly function: string; readonly message: string }
  /** `.env.local` has no value for it: it has a random one. */
  | { readonly type: 'secret-made'; readonly function: string; readonly secret: string }
  /** `.env.local` has a value of which `sovfn.jsonc` knows nothing. */
  | { readonly type: 'value-unused'; readonly function: string; readonly name: string }
  | {
      readonly type: 'request';
      readonly method: string;
      readonly path: string;
      /** Null: the caller went away. */
      readonly status: number | null;
      readonly outcome: string | null;
      readonly durationMs: number;
    }
  | { readonly type: 'log'; readonly log: LogEvent }
  | { readonly type: 'gap'; readonly function: string; readonly gap: LogGap }
  /** A durable call began to wait, or ended. */
  | { readonly type: 'run'; readonly run: EventSummary }
  /** A part of the platform died, or is back. */
  | { readonly type: 'part'; readonly part: string; readonly state: string; readonly detail: string | null };

export interface DevFunction {
  readonly name: string;
  readonly folder: string;
  readonly url: string;
  readonly webhooks: readonly { readonly name: string; readonly url: string }[];
  readonly schedules: readonly {
    readonly name: string;
    readonly cron: string;
    readonly timezone: string;
    readonly next: string | null;
  }[];
}
