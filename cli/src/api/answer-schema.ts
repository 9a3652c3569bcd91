/**
 * By which schema an answer of the control API is read. It is loaded while the request is on its way: to make all schemas of the
 * protocol takes longer than most answers.
 */
import type * as protocol from '@sovfn/protocol';
import type { z } from 'zod';
import type { Request } from './control-client.ts';

type Protocol = typeof protocol;
type SchemaName = { [Name in keyof Protocol]: Protocol[Name] extends z.ZodType ? Name : never }[keyof Protocol];

export type AnswerSchema<Schema extends z.ZodType> = () => Promise<Schema>;

/** Resolves with what the control API answers to a request. */
export type Ask = <Schema extends z.ZodType>(
  request: Request,
  schema: AnswerSchema<Schema>,
) => Promise<z.output<Schema>>;

export function schemaNamed<Name extends SchemaName>(name: Name): AnswerSchema<Protocol[Name]> {
  return async () => (await import('@sovfn/protocol'))[name];
}
