/** What each command prints with `--json`: `docs/reference/json.md` is made of it, and tests hold every output against it. */
import { OF_COMMAND_LINE } from './of-command-line.ts';
import { OF_PLATFORM } from './of-platform.ts';
import type { JsonResult } from './result.ts';

export type { JsonResult } from './result.ts';

/** By the name of the command. */
export const JSON_RESULTS: Readonly<Record<string, JsonResult>> = { ...OF_PLATFORM, ...OF_COMMAND_LINE };
