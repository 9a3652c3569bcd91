import type { z } from 'zod';

/**
 * What a command prints with `--json` when it succeeds. A command that fails prints a problem (`problemSchema`), whichever it is; one that found
 * something wrong prints its result, and ends with another code than 0.
 */
export interface JsonResult {
  /** One document, at the end. */
  readonly document: z.ZodType | null;
  /** Documents on one line each, as they come; null: the command prints none. */
  readonly lines: z.ZodType | null;
}

export const document = (schema: z.ZodType): JsonResult => ({ document: schema, lines: null });
