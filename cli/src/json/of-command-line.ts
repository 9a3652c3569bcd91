/** Commands whose result is made by the command line itself. */
import {
  base64url32Schema,
  deployResponseSchema,
  exportedFunctionSchema,
  nameSchema,
  namedZoneSchema,
  PROTOCOL_VERSION,
  tokenAnswerSchema,
  versionIdSchema,
} from '@sovfn/protocol';
import { z } from 'zod';
import { portsSchema } from '../platform/ports.ts';
import { devEventSchema } from './dev-events.ts';
import { document, type JsonResult } from './result.ts';

const v = z.literal(PROTOCOL_VERSION);
/** Absolute. */
const path = z.string();
const count = z.int().min(0);
const time = z.iso.datetime();

const unmetSchema = z
  .strictObject({
    criterion: z.enum(['basis', 'country', 'region', 'operator', 'legalSeat', 'certs']),
    is: z.string().nullable(),
  })
  .nullable();

const wranglerImportSchema = z
  .strictObject({
    file: path.nullable().describe('The configuration that was written; null with --dry-run.'),
    config: z.looseObject({ name: z.string(), main: z.string() }).describe('What sovfn.jsonc says.'),
    notes: z.array(z.strictObject({ key: z.string(), kind: z.enum(['left', 'differs']), reason: z.string() })),
  })
  .describe('With --wrangler.');
const exportImportSchema = z
  .strictObject({
    v,
    functions: z.array(nameSchema),
    deployed: z.array(deployResponseSchema).describe('Empty with --dry-run.'),
  })
  .describe('Of an export.');

const exportedPartsSchema = z.strictObject({
  name: nameSchema,
  version: versionIdSchema,
  ...{ secrets: count, outputs: count, outputBytes: count, events: count },
  unendedEvents: count.describe('Of the events: had not ended.'),
  receipts: count,
  damaged: exportedFunctionSchema.shape.damaged,
});

const auditVerifySchema = z.union([
  z
    .strictObject({ v, valid: z.literal(true), tenant: nameSchema, entries: count, size: count })
    .describe('Of an export.'),
  z
    .strictObject({ v, valid: z.literal(true), entries: count, copies: count, archived: count.nullable() })
    .describe('Of the log itself.'),
]);

export const OF_COMMAND_LINE = {
  up: document(
    z.strictObject({
      v,
      urls: z.strictObject({ public: z.url(), control: z.url(), operator: z.url() }),
      ...{ data: path, tokenFile: path, operatorTokenFile: path },
      ports: portsSchema,
      furtherGateways: z.array(z.url()).describe('Control APIs of gateways beside the first.'),
    }),
  ),
  down: document(z.strictObject({ v, data: path, result: z.enum(['stopped', 'not-running', 'cleaned']) })),
  doctor: document(
    z.strictObject({
      v,
      checks: z.array(
        z.strictObject({
          check: z.string().describe('Stable.'),
          state: z.enum(['ok', 'warn', 'fail']),
          detail: z.string().describe('What was found, with the value.'),
          hint: z.string().nullable().describe('What to do; null when all is well.'),
        }),
      ),
    }),
  ),
  node: document(z.strictObject({ v, node: nameSchema, zones: z.array(nameSchema), data: path })),
  'nodes add': document(z.strictObject({ v, node: nameSchema, file: path, address: z.string(), expiresAt: time })),
  'nodes drain': document(z.strictObject({ v, node: nameSchema, cells: count })),
  'nodes remove': document(z.strictObject({ v, node: nameSchema, state: z.literal('removed') })),
  'zones add': document(
    z.strictObject({
      v,
      zone: namedZoneSchema,
      unmet: unmetSchema.describe('Null: the platform’s own machine satisfies the zone.'),
      nodes: z.array(z.strictObject({ node: nameSchema, unmet: unmetSchema })),
    }),
  ),
  login: document(z.strictObject({ v, url: z.url(), token: tokenAnswerSchema.shape.token })),
  logout: document(z.strictObject({ v, url: z.url() })),
  'tenants verify-erasure': document(z.strictObject({ v, valid: z.literal(true), tenant: nameSchema, erasedAt: time })),
  init: document(
    z.strictObject({
      v,
      folder: path,
      name: nameSchema,
      template: z.string(),
      files: z.array(z.string()).describe('Within the folder.'),
      copied: z.array(z.string()).describe('Packages that were copied from this installation.'),
      missing: z.array(z.string()).describe('Packages that are to be installed.'),
    }),
  ),
  dev: { document: null, lines: devEventSchema },
  test: document(z.strictObject({ v, folder: path, passed: z.boolean() })),
  types: document(z.strictObject({ file: path })),
  limits: document(
    z.strictObject({
      function: nameSchema,
      limits: z.array(
        z.strictObject({
          limit: z.string(),
          value: z.number(),
          from: z.enum(['config', 'default', 'platform']),
        }),
      ),
    }),
  ),
  build: document(
    z.strictObject({
      function: nameSchema,
      version: versionIdSchema,
      bundleSha256: versionIdSchema,
      inputs: z.array(z.string()),
      bundleBytes: count,
      deployed: versionIdSchema.nullable().describe('With --verify: the version that is deployed.'),
      isSame: z.boolean().nullable(),
    }),
  ),
  sbom: document(
    z.union([
      z.strictObject({ file: path }).describe('With --output.'),
      z.looseObject({ bomFormat: z.literal('CycloneDX'), specVersion: z.string() }).describe('Without it.'),
    ]),
  ),
  export: document(z.strictObject({ v, folder: path, functions: z.array(exportedPartsSchema) })),
  import: document(z.union([exportImportSchema, wranglerImportSchema])),
  'keys create': document(z.strictObject({ v, file: path, publicKey: base64url32Schema, keyId: z.string() })),
  'schedules preview': document(
    z.strictObject({
      ...{ cron: z.string(), timezone: z.string(), except: z.string().nullable() },
      ticks: z.array(z.strictObject({ scheduledAt: time, local: z.string() })),
    }),
  ),
  'receipts verify': document(z.strictObject({ v, valid: z.literal(true), invocation: z.string() })),
  'audit verify': document(auditVerifySchema),
  explain: document(z.strictObject({ code: z.string(), status: z.int(), text: z.string() })),
  completion: document(z.strictObject({ v, shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() })),
  version: document(z.strictObject({ sovfn: z.string(), node: z.string(), protocol: z.int() })),
} as const satisfies Record<string, JsonResult>;
