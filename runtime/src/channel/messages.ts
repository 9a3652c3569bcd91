/**
 * What a supervisor and its cell say to each other over the inherited channel (file descriptor CHANNEL_FD, a socket
 * pair). Each message is a JSON head and a tail of raw bytes, framed by `frame.ts`.
 *
 * The cell is tenant territory: the supervisor checks every message it gets against `fromCellSchema` and kills a cell
 * that sends anything else. The cell trusts its supervisor, and still parses, so that a version mismatch is loud.
 */
import { functionLimitsSchema, nameSchema, PROTOCOL_VERSION, versionIdSchema } from '@sovfn/protocol';
import { z } from 'zod';
import { lockLevelSchema } from './lock-level.ts';
import { askAnswerMessage, askFailedMessage, askFrameMessage, askMessage } from './broker-messages.ts';

/** Duplex channel; and the pipe on which the cell's watch thread reports. Descriptor 3 is Node's own, for handing over sockets. */
export const CHANNEL_FD = 4;
export const WATCH_FD = 5;

/** Bytes the watch thread writes: one ALIVE per WATCH_INTERVAL_MS, or OVERRUN when an entry passed its time and cannot be cut. */
export const WATCH_INTERVAL_MS = 250;
export const WATCH_ALIVE = 0x61;
export const WATCH_OVERRUN = 0x6f;

const v = z.literal(PROTOCOL_VERSION);

/**
 * First message to every cell: the prelude, which runs in each isolate before a function's code. Tail: its script, the
 * texts of its lazy parts (JSON, by their names), and its code cache (checked by the supervisor; may be empty). The cell
 * says `ready` when it has taken them in.
 */
const boot = z.strictObject({
  v,
  type: z.literal('boot'),
  /** Name under which it listens for the node's broker, in its working directory; null: there is no broker. */
  socket: nameSchema.nullable(),
  preludeBytes: z.int().min(1),
  partsBytes: z.int().min(1),
  cacheBytes: z.int().min(0),
});

/** Becomes the cell of a tenant. The NATS socket, connected and unread, follows on the IPC channel. */
const assign = z.strictObject({
  v,
  type: z.literal('assign'),
  node: nameSchema,
  cell: nameSchema,
  zone: nameSchema,
  tenant: nameSchema,
  jwt: z.string(),
  /** nkey seed of the cell's user. */
  seed: z.string(),
});

/** What the function finds in `env`. */
const environment = {
  vars: z.record(z.string(), z.string()),
  /** Those that are set; missing: the version lists none. */
  secrets: z.record(z.string(), z.string()).optional(),
  /** Type of each binding, by its name in env. */
  bindings: z.record(z.string(), z.enum(['kv', 'bucket', 'queue', 'service'])).optional(),
};

/** Loads a version. Tail: script form, code cache, source map, in this order, of the lengths given. */
const load = z.strictObject({
  v,
  type: z.literal('load'),
  function: nameSchema,
  version: versionIdSchema,
  limits: functionLimitsSchema,
  ...environment,
  /** Under which its log is sealed; missing: it goes out in clear. */
  logKey: z.strictObject({ generation: z.int().min(1), key: z.base64() }).optional(),
  sourceBytes: z.int().min(1),
  cacheBytes: z.int().min(0),
  mapBytes: z.int().min(0),
});

/** A secret was changed: calls from now on enter an isolate with this environment, those under way finish in theirs. */
const renew = z.strictObject({
  v,
  type: z.literal('renew'),
  function: nameSchema,
  version: versionIdSchema,
  ...environment,
});

/** Runs a call that was placed here. Tail: the call message. The cell answers to `reply` itself; it queues until loaded. */
const run = z.strictObject({
  v,
  type: z.literal('run'),
  function: nameSchema,
  version: versionIdSchema,
  reply: z.string().max(512),
});

/** Lets go of a version: drain its subscription, finish its calls, dispose its isolate. */
const evict = z.strictObject({ v, type: z.literal('evict'), function: nameSchema, version: versionIdSchema });

/** The answer to `broker-wanted` when there is none: what waits for it fails with this message. */
const noBroker = z.strictObject({ v, type: z.literal('no-broker'), message: z.string().max(1_024) });

/** Takes no new calls, finishes those in flight, then exits with code 0. */
const drain = z.strictObject({ v, type: z.literal('drain') });

export const toCellSchema = z.discriminatedUnion('type', [
  boot,
  assign,
  load,
  renew,
  run,
  evict,
  drain,
  noBroker,
  askAnswerMessage,
  askFailedMessage,
  askFrameMessage,
]);
export type ToCell = z.output<typeof toCellSchema>;

/** The cell has loaded its own code and prelude, has locked itself as far as it can, and waits to be assigned. */
const ready = z.strictObject({
  v,
  type: z.literal('ready'),
  lockLevel: lockLevelSchema,
  /** Why the level is not higher; null when it is the highest there is. */
  unlockedBecause: z.string().max(1_024).nullable(),
});
/** NATS has accepted the cell. */
const assigned = z.strictObject({ v, type: z.literal('assigned') });
/** The version takes calls from NATS. */
const loaded = z.strictObject({
  v,
  type: z.literal('loaded'),
  function: nameSchema,
  version: versionIdSchema,
  loadMs: z.number(),
});
/** The version cannot run; the cell has answered the calls it was given for it. `outcome`: bad-bundle or exceeded-startup. */
const loadFailed = z.strictObject({
  v,
  type: z.literal('load-failed'),
  function: nameSchema,
  version: versionIdSchema,
  outcome: z.enum(['bad-bundle', 'exceeded-startup', 'exceeded-memory', 'internal-error']),
  message: z.string().max(4_096),
});
const evicted = z.strictObject({ v, type: z.literal('evicted'), function: nameSchema, version: versionIdSchema });
/** Sent every second while assigned. */
const stats = z.strictObject({
  v,
  type: z.literal('stats'),
  inFlight: z.int().min(0),
  isolates: z.int().min(0),
  /** Isolates made since the process started. */
  isolatesMade: z.int().min(0),
  /**
   * Every loaded version, with the calls it has started since it was loaded, the CPU time of all of them, the
   * time for which no call was in it and the memory it holds: the supervisor evicts what is not used, and gives what is heavy a cell of its own.
   */
  versions: z
    .array(
      z.strictObject({
        function: nameSchema,
        version: versionIdSchema,
        calls: z.int().min(0),
        cpuUs: z.int().min(0),
        idleMs: z.number().min(0),
        heldMb: z.number().min(0),
      }),
    )
    .max(10_000),
});
/**
 * What the cell states about calls of a version that are over, for receipts. Tail: the record of each, one behind the other, as
 * `writeCellRecord` writes it.
 */
const statements = z.strictObject({
  v,
  type: z.literal('statements'),
  function: nameSchema,
  version: versionIdSchema,
  /**
   * For those of the calls that have asked the broker for something, how many times: the broker's own words about them come
   * on another way. Missing: none has.
   */
  asked: z
    .array(z.tuple([z.string().max(64), z.int().min(1)]))
    .max(10_000)
    .optional(),
});

/** It has something to ask of the broker, and no connection to it. */
const brokerWanted = z.strictObject({ v, type: z.literal('broker-wanted') });

/** The cell should be replaced (lost its NATS connection, condemned too many isolates); it drains by itself. */
const retiring = z.strictObject({ v, type: z.literal('retiring'), reason: z.string().max(1_024) });

export const fromCellSchema = z.discriminatedUnion('type', [
  ready,
  assigned,
  loaded,
  loadFailed,
  evicted,
  stats,
  statements,
  brokerWanted,
  retiring,
  askMessage,
  askFrameMessage,
]);
export type FromCell = z.output<typeof fromCellSchema>;
