/** What the control API answers to `PUT /v1/functions/{name}`. */
import { z } from 'zod';
import { egressChangeSchema } from './egress/rules.ts';
import { nameSchema, variableNameSchema, versionIdSchema } from './names.ts';
import { countrySchema } from './trust/place.ts';
import { PROTOCOL_VERSION } from './version.ts';

export const deployResponseSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  function: nameSchema,
  version: versionIdSchema,
  /** `unchanged`: this version was current already and nothing was done. */
  result: z.enum(['created', 'updated', 'unchanged', 'preview', 'canary']),
  zone: nameSchema,
  /** Where the version answers; of a preview its own address only. */
  urls: z.array(z.string()),
  /** Secrets that the version names and that are not set: it runs without them, its webhooks refuse. */
  missingSecrets: z.array(variableNameSchema),
  /** Against the version that was current. */
  egress: egressChangeSchema,
  /** With nodes of its zone, where it does not run before its tenant accepts them. */
  waitingCountries: z.array(countrySchema),
});
export type DeployResponse = z.output<typeof deployResponseSchema>;
