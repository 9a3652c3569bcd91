/**
 * What a supervisor and its broker say to each other over the inherited channel (file descriptor BROKER_CONTROL_FD).
 *
 * The broker connects to the socket of each cell that the supervisor names, so that whose asks it carries out is the
 * supervisor's word and no cell's. It is told the rights of a version when the version first asks, and no others. It speaks
 * to hosts of the internet, so the supervisor checks each of its messages, and takes from it what was requested, and nothing
 * about who requested: that is what it was told when it was connected.
 */
import { egressEntrySchema, nameSchema, PROTOCOL_VERSION, versionIdSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { lockLevelSchema } from './lock-level.ts';

export const BROKER_CONTROL_FD = 3;

const v = z.literal(PROTOCOL_VERSION);
/** Names the connection to one cell; counted from 1 for each broker process. */
const attachment = z.int().min(1);
const versionName = { attachment, function: nameSchema, version: versionIdSchema };

/** First message. */
const boot = z.strictObject({
  v,
  type: z.literal('boot'),
  allowPrivate: z.boolean(),
  ownServices: z.array(z.strictObject({ host: z.string(), port: z.int() })),
  /** Null: the system's resolver. */
  dnsServers: z.array(z.string()).nullable(),
  /** File; null: there is none. */
  countryDatabase: z.string().nullable(),
  /** A cell that has asked for nothing for so long is left, and the broker ends when it has none. Milliseconds. */
  idleMs: z.int().min(1),
});

/** Connect to this cell. */
const attach = z.strictObject({
  v,
  type: z.literal('attach'),
  attachment,
  /** In the working directory of both. */
  socket: nameSchema,
  zone: nameSchema,
  tenant: nameSchema,
});

const secret = z.strictObject({
  name: z.string(),
  placeholder: z.string(),
  origins: z.array(z.string()),
  isInUrl: z.boolean(),
  /** Null: it is not set, or goes to no host. */
  value: z.string().nullable(),
});
export type BrokerSecret = z.output<typeof secret>;

const egressRule = z.union([z.string(), z.strictObject({ origin: z.string(), countries: z.array(z.string()) })]);

/** What a version may reach: an answer to `grant-wanted`, or in the place of what the broker has. */
const grant = z.strictObject({
  v,
  type: z.literal('grant'),
  ...versionName,
  egress: z.array(egressRule),
  secrets: z.array(secret),
});
export type BrokerGrant = Pick<z.output<typeof grant>, 'egress' | 'secrets'>;

/** The cell does not have the version: it has let go of it, or it was never sent it. */
const revoke = z.strictObject({ v, type: z.literal('revoke'), ...versionName });
/** Answered with `pong`, so that a broker that hangs is seen. */
const ping = z.strictObject({ v, type: z.literal('ping') });
/** Say what is left to say, and end. */
const stop = z.strictObject({ v, type: z.literal('stop') });

export const toBrokerSchema = z.discriminatedUnion('type', [boot, attach, grant, revoke, ping, stop]);
export type ToBroker = z.output<typeof toBrokerSchema>;

/** It has loaded what it needs, and locked itself as far as it can. */
const ready = z.strictObject({
  v,
  type: z.literal('ready'),
  lockLevel: lockLevelSchema,
  unlockedBecause: z.string().max(1_024).nullable(),
});
const attached = z.strictObject({ v, type: z.literal('attached'), attachment });
/** The connection to the cell is over, or was never made; nothing more comes of it. */
const detached = z.strictObject({
  v,
  type: z.literal('detached'),
  attachment,
  /** Which rule the cell has broken. */
  misdeed: z.string().max(1_024).nullable(),
});
const grantWanted = z.strictObject({ v, type: z.literal('grant-wanted'), ...versionName });

const asked = {
  ...versionName,
  /** It follows another request of the same ask. */
  isRedirect: z.boolean(),
  ...egressEntrySchema.pick({ time: true, invocation: true, method: true, origin: true }).shape,
};
const ending = egressEntrySchema.omit({ time: true, invocation: true, method: true, origin: true }).shape;

/** A request is about to be made; it is over; or both, of one that was over soon. Numbers are the broker's own. */
const note = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('begun'), request: z.int().min(1), ...asked }),
  z.strictObject({ type: z.literal('over'), request: z.int().min(1), ...ending }),
  z.strictObject({ type: z.literal('whole'), ...asked, ...ending }),
]);
export type RequestNoteMessage = z.output<typeof note>;

/** In the order in which it happened. */
const requests = z.strictObject({ v, type: z.literal('requests'), notes: z.array(note) });
const pong = z.strictObject({ v, type: z.literal('pong') });
/** Not foreseen: a defect of ours, or of a library. */
const defect = z.strictObject({ v, type: z.literal('defect'), reason: z.string().max(8_192) });

export const fromBrokerSchema = z.discriminatedUnion('type', [
  ready,
  attached,
  detached,
  grantWanted,
  requests,
  pong,
  defect,
]);
export type FromBroker = z.output<typeof fromBrokerSchema>;
