/**
 * What a tenant takes away: the answers of the control API that exist for `sovfn export`, and the files that it writes.
 * docs/export.md describes the files.
 */
import { z } from 'zod';
import { eventIdSchema } from './events/event.ts';
import { EVENT_STATES } from './events/record.ts';
import { nameSchema, variableNameSchema, versionIdSchema } from './names.ts';
import { base64url32Schema } from './trust/signing.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** Answer of `GET /v1/functions/{name}/versions/{version}/code`: what was deployed, byte for byte. */
export const exportedCodeSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  version: versionIdSchema,
  /** The JSON text whose SHA-256 is the version. */
  manifest: z.string(),
  bundle: z.string(),
  sourceMap: z.string(),
});
export type ExportedCode = z.output<typeof exportedCodeSchema>;

/** Whose private half opens exported secrets: an X25519 key as a JSON Web Key (RFC 8037). */
export const recipientKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('X25519'),
  x: base64url32Schema,
});
export type RecipientKey = z.output<typeof recipientKeySchema>;

/** Body of `POST /v1/functions/{name}/secrets/export`. */
export const exportSecretsRequestSchema = z.strictObject({ v: version1, recipient: recipientKeySchema });
export type ExportSecretsRequest = z.output<typeof exportSecretsRequestSchema>;

/** How a value is encrypted: a compact JWE (RFC 7516). */
export const SECRET_JWE = { alg: 'ECDH-ES', enc: 'A256GCM' } as const;

/** In the protected header: a value opens as the secret of the function that it is. */
export const secretJweHeaderSchema = z.looseObject({
  alg: z.literal(SECRET_JWE.alg),
  enc: z.literal(SECRET_JWE.enc),
  function: nameSchema,
  secret: variableNameSchema,
});

export const exportedSecretsSchema = z.strictObject({
  v: version1,
  function: nameSchema,
  secrets: z.array(
    z.strictObject({
      name: variableNameSchema,
      version: z.int().min(1),
      setAt: z.iso.datetime(),
      jwe: z.string().max(256 * 1024),
    }),
  ),
});
export type ExportedSecrets = z.output<typeof exportedSecretsSchema>;

/**
 * An event as a CloudEvent 1.0 in JSON. Attributes are simple values, so headers are JSON in a text. Without `data_base64` the
 * event has ended and its body is not kept any more.
 */
export const exportedEventSchema = z.strictObject({
  specversion: z.literal('1.0'),
  id: eventIdSchema,
  /** `/<tenant>/<function>` */
  source: z.string(),
  type: z.string().regex(/^sovfn\.event\.[a-z]+$/),
  /** Name of the webhook, schedule or queue binding. */
  subject: z.string().optional(),
  time: z.iso.datetime(),
  datacontenttype: z.string().optional(),
  sovfnstate: z.enum(EVENT_STATES),
  sovfnendedat: z.iso.datetime().optional(),
  sovfnattempts: z.int().min(0),
  sovfncause: z.string().optional(),
  sovfnmethod: z.string().optional(),
  sovfnurl: z.string().optional(),
  /** `[name, value, …]` */
  sovfnheaders: z.string().optional(),
  sovfnorderingkey: z.string().optional(),
  sovfnscheduledat: z.iso.datetime().optional(),
  sovfnreplayof: eventIdSchema.optional(),
  data_base64: z.base64().optional(),
});
export type ExportedEvent = z.output<typeof exportedEventSchema>;

/** First line of `index.jsonl`. */
export const exportHeadSchema = z.strictObject({
  v: version1,
  format: z.literal('sovfn-export'),
  exportedAt: z.iso.datetime(),
  functions: z.array(nameSchema),
});
export type ExportHead = z.output<typeof exportHeadSchema>;

/** Letters, digits and few marks, no empty segment and none of dots: never above the folder, never absolute. */
const PATH = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

/** One line for each file. */
export const exportedFileSchema = z.strictObject({
  path: z.string().max(512).regex(PATH, 'must stay inside the folder of the export'),
  bytes: z.int().min(0),
  sha256: versionIdSchema,
});
export type ExportedFile = z.output<typeof exportedFileSchema>;

/** Last line: an export that was interrupted has none. `sha256`: of the lines before. */
export const exportEndSchema = z.strictObject({ files: z.int().min(0), sha256: versionIdSchema });

/** `functions/<name>/function.json` */
export const exportedFunctionSchema = z.strictObject({
  v: version1,
  name: nameSchema,
  version: versionIdSchema,
  zone: nameSchema,
  /** Of the current version's schedules, by name. */
  schedules: z.array(
    z.strictObject({ name: nameSchema, cron: z.string(), timezone: z.string(), isPaused: z.boolean() }),
  ),
  areEventsPaused: z.boolean(),
  /** Of which what is stored cannot be read. */
  damaged: z.strictObject({ outputs: z.array(z.string()), events: z.array(z.string()) }),
});
export type ExportedFunction = z.output<typeof exportedFunctionSchema>;
