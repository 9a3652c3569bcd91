/**
 * How a machine becomes a node of a platform on another host: a bundle that can be used once, a request over TLS, and what the
 * platform grants. JSON. The same grant is given anew at each start of the node, which then proves by its certificate who it is.
 */
import { z } from 'zod';
import { type ErrorCode, isErrorCode } from './errors.ts';
import { nameSchema } from './names.ts';
import { signedLabelsSchema } from './trust/labels.ts';
import { base64url32Schema, detachedJwsSchema, publicJwkSchema } from './trust/signing.ts';
import { storePlaceSchema } from './trust/store-place.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** What a connection to the port for nodes is for: its ALPN protocol. All but `enrol` need the certificate of a node. */
export const LINK_PROTOCOLS = { enrol: 'sovfn-enrol/1', bus: 'sovfn-bus/1', store: 'sovfn-store/1' } as const;
export type LinkService = keyof typeof LINK_PROTOCOLS;

/** Which nodes were admitted from other hosts, and which were removed: gateways watch it, nodes cannot read it. */
export const ENROLMENTS_BUCKET = 'enrolments';

/** 16 bytes, hex: tells enrolments of one name apart. */
export const enrolmentIdSchema = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits');

export const enrolmentStateSchema = z.strictObject({
  v: version1,
  node: nameSchema,
  enrolment: enrolmentIdSchema,
  /** That its labels satisfy and it serves: cells of others are not granted to it. */
  zones: z.array(nameSchema).min(1),
  /** `removed`: its labels count no more, and it gets nothing. */
  state: z.enum(['admitted', 'removed']),
});
export type EnrolmentState = z.output<typeof enrolmentStateSchema>;

export const linkAddressSchema = z.strictObject({
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  /** Name in the certificate of the platform. */
  serverName: z.string().min(1).max(255),
  /** Certificates that sign it, PEM. */
  serverCa: z.string().min(1).max(65_536),
});
export type LinkAddress = z.output<typeof linkAddressSchema>;

/** The file that `sovfn nodes add` writes. Whoever has it can become the node, once, until it expires. */
export const enrolmentBundleSchema = z.strictObject({
  v: version1,
  type: z.literal('sovfn-enrolment'),
  node: nameSchema,
  enrolment: enrolmentIdSchema,
  token: base64url32Schema,
  link: linkAddressSchema,
  expiresAt: z.iso.datetime(),
});
export type EnrolmentBundle = z.output<typeof enrolmentBundleSchema>;

const userKeySchema = z.string().regex(/^U[A-Z2-7]{55}$/);

export const enrolmentStatementSchema = z.strictObject({
  v: version1,
  node: nameSchema,
  enrolment: enrolmentIdSchema,
  token: base64url32Schema,
  /** Of the node: it alone has the private half. */
  publicKey: base64url32Schema,
  /** Of its NATS user. */
  busPublicKey: userKeySchema,
});
export type EnrolmentStatement = z.output<typeof enrolmentStatementSchema>;

export const linkRequestSchema = z.discriminatedUnion('type', [
  /** Signed with the key that is to become the node's, so that nobody enrols a key of another. */
  z.strictObject({
    v: version1,
    type: z.literal('enrol'),
    statement: enrolmentStatementSchema,
    signature: detachedJwsSchema,
  }),
  /** By a node whose certificate says who it is. */
  z.strictObject({ v: version1, type: z.literal('renew'), busPublicKey: userKeySchema }),
]);
export type LinkRequest = z.output<typeof linkRequestSchema>;

export const nodeGrantSchema = z.strictObject({
  v: version1,
  type: z.literal('granted'),
  node: nameSchema,
  zones: z.array(nameSchema).min(1),
  labels: signedLabelsSchema,
  platformKey: publicJwkSchema,
  /** For the node's own key, PEM: what it shows the platform from now on. */
  certificate: z.string(),
  /** Of its NATS user. */
  busJwt: z.string(),
  store: z.strictObject({
    accessKey: z.string(),
    secretKey: z.string(),
    bundles: z.string(),
    data: z.string(),
    place: storePlaceSchema,
  }),
});
export type NodeGrant = z.output<typeof nodeGrantSchema>;

export const linkResponseSchema = z.discriminatedUnion('type', [
  nodeGrantSchema,
  z.strictObject({
    v: version1,
    type: z.literal('refused'),
    code: z.custom<ErrorCode>((code) => typeof code === 'string' && isErrorCode(code)),
    message: z.string(),
    hint: z.string().nullable(),
  }),
]);
export type LinkResponse = z.output<typeof linkResponseSchema>;

/** `PUT /v1/nodes/{node}/enrolment` */
export const setEnrolmentRequestSchema = enrolmentStateSchema.omit({ node: true });
export type SetEnrolmentRequest = z.output<typeof setEnrolmentRequestSchema>;
