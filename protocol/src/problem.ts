import { z } from 'zod';

/** Body of every error answer: RFC 9457 `application/problem+json` with sovfn's fields. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What failed, with the value and the rule or limit. */
  detail: z.string(),
  /** A code of the catalogue. */
  code: z.string(),
  /** What to do. */
  hint: z.string().nullable(),
  invocation: z.string().nullable(),
  outcome: z.string().nullable(),
  limit: z.string().nullable(),
  limitValue: z.number().nullable(),
  measured: z.number().nullable(),
  /** Further facts of the catalogue's code; for a function's own error, its name and mapped stack. */
  facts: z.record(z.string(), z.unknown()),
});
export type Problem = z.output<typeof problemSchema>;

export const PROBLEM_TYPE = 'application/problem+json';
export const problemTypeUri = (code: string): string => `urn:sovfn:error:${code}`;
