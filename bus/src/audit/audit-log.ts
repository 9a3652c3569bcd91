/**
 * The audit log on the bus: a stream that only grows. Each message is an entry with the signed root of the tree that it
 * completes, stored only behind the entry that the writer knew as the last one; so several gateways write one log.
 *
 * Guarantees: when `append` has resolved, the entry is stored and in the copy; entries have no gaps; a log that does not
 * continue what the copy knows, that is not signed by a gateway of this platform, or that the server may shorten, is not
 * written to; a draft whose details name a `note` is stored once, however often it is appended, as long as its gateway knows
 * where to look (`recall`).
 * Not guaranteed: that an entry whose `append` failed is not there. Of what it says, nothing was done.
 * Hostile: the stream, which may have been changed; its last entry is verified, all of it by `sovfn audit verify`.
 */
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamClient,
  jetstream,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  allAuditSubject,
  AUDIT_STREAM,
  type AuditCheckpoint,
  type AuditCopy,
  type AuditEntry,
  auditEntrySchema,
  auditLeaf,
  type AuditRecord,
  auditRecordSchema,
  auditSubject,
  assertLabelsSigned,
  canonicalJson,
  decodeHash,
  encodeHash,
  GrowingTree,
  isSignedBy,
  isSovfnError,
  PROTOCOL_VERSION,
  signDocument,
  SIGNED_KINDS,
  SovfnError,
} from '@sovfn/protocol';
import { isWriteConflict } from '../batch/index.ts';
import type { ComponentIdentity } from '../identity/component-identity.ts';
import type { Replicas } from '../registry/replicas.ts';
import { placementIn } from '../registry/stream-pins.ts';

/** What is to be said; place, time and gateway are the log's. */
export type AuditDraft = Pick<AuditEntry, 'tenant' | 'actor' | 'action' | 'function' | 'details'>;

/** The second place of the checkpoints. */
export interface CheckpointCopy {
  /** The last one that was written; null: none ever was. */
  last(): Promise<AuditCopy | null>;
  write(copy: AuditCopy): Promise<void>;
}

export interface AuditLogOptions {
  readonly connection: NatsConnection;
  readonly identity: ComponentIdentity;
  /** Zone whose servers hold it. */
  readonly home: string;
  readonly replicas: Replicas;
  readonly copy: CheckpointCopy;
}

const ANSWER_MS = 5_000;
const NO_MESSAGE = 10037;
const STREAM_NAME_IN_USE = 10058;
/** Other gateways may write between a look at the log and the own entry. */
const MOST_TRIES = 32;
const HINT =
  'Calls go on. Administration waits: `sovfn status` shows the state of the bus, docs/audit.md what to do when the log was changed.';

/** Nothing may ever leave the stream. */
const GROWS_ONLY = {
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  deny_delete: true,
  deny_purge: true,
  max_age: 0,
  max_msgs: -1,
  max_bytes: -1,
} as const satisfies Partial<StreamConfig>;

export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #jetstream: JetStreamClient;
  #tree: GrowingTree | null = null;
  /** Index of the last entry about each tenant, as far as it was looked for. */
  readonly #last = new Map<string | null, number | null>();
  /** Index of each entry with a note that this gateway wrote and was not told of: its answer was lost, or its process. */
  readonly #found = new Map<string, number>();
  #size = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#jetstream = jetstream(options.connection, { timeout: ANSWER_MS });
  }

  /** Resolves with the index of the entry. Throws `audit-unavailable`. */
  append(draft: AuditDraft): Promise<number> {
    const appended = this.#turn.then(() => this.#append(draft));
    this.#turn = appended.catch(() => undefined);
    return appended;
  }

  /** How many entries the log is known to have, from the copy before it is opened. */
  async knownSize(): Promise<number> {
    return Math.max(this.#size, (await this.#options.copy.last())?.checkpoint.size ?? 0);
  }

  /**
   * Looks for notes that this gateway has written from an index on, as a process before this one may have. Asked of the
   * stream's leader, too. Throws `audit-unavailable`.
   */
  recall(from: number): Promise<void> {
    const recalled = this.#turn.then(() => this.#recall(from));
    this.#turn = recalled.catch(() => undefined);
    return recalled;
  }

  async #recall(from: number): Promise<void> {
    try {
      const tree = (this.#tree ??= await this.#open());
      for (let index = from; index < tree.size; index++) {
        const record = await this.#read({ seq: index + 1 });
        if (record !== null) this.#noteFound(record);
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async #append(draft: AuditDraft): Promise<number> {
    try {
      const tree = (this.#tree ??= await this.#open());
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const found = this.#takeFound(draft);
        if (found !== null) return found;
        const index = await this.#tryAppend(tree, draft);
        if (index !== null) return index;
        await this.#catchUp(tree);
      }
      throw new Error(`other gateways wrote ${MOST_TRIES} times in between`);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Whatever it was: the log is looked at again before the next entry. */
  #failed(error: unknown): SovfnError {
    this.#tree = null;
    this.#last.clear();
    return isSovfnError(error) && error.code === 'audit-unavailable' ? error : unavailable(String(error), error);
  }

  /** Null: somebody else has written. */
  async #tryAppend(tree: GrowingTree, draft: AuditDraft): Promise<number | null> {
    const index = tree.size;
    const before = await this.#lastIndexOf(draft.tenant);
    const { name: gateway } = this.#options.identity.signed.labels;
    const at = new Date().toISOString();
    const entry = auditEntrySchema.parse({ v: PROTOCOL_VERSION, index, before, at, gateway, ...draft });
    const next = GrowingTree.fromPeaks(tree.size, tree.peaks());
    next.add(auditLeaf(entry));
    const record = this.#sign(entry, next);
    try {
      const options = { expect: { lastSequence: index } };
      await this.#jetstream.publish(auditSubject(draft.tenant), canonicalJson(record), options);
    } catch (error) {
      if (isWriteConflict(error)) return null;
      throw error;
    }
    await this.#take(tree, record);
    return index;
  }

  #sign(entry: AuditEntry, tree: GrowingTree): AuditRecord {
    const { identity } = this.#options;
    const checkpoint: AuditCheckpoint = {
      v: PROTOCOL_VERSION,
      size: tree.size,
      root: encodeHash(tree.root()),
      gateway: entry.gateway,
      labelsSha256: identity.labelsSha256,
    };
    const signature = signDocument(SIGNED_KINDS.audit, checkpoint, identity.key, identity.publicKey);
    return { entry, checkpoint, signature, labels: identity.signed, peaks: tree.peaks().map(encodeHash) };
  }

  /** Asked of the stream's leader: a copy that is behind would name an older one. */
  async #lastIndexOf(tenant: string | null): Promise<number | null> {
    const known = this.#last.get(tenant);
    if (known !== undefined) return known;
    const record = await this.#read({ last_by_subj: auditSubject(tenant) });
    const index = record?.entry.index ?? null;
    this.#last.set(tenant, index);
    return index;
  }

  async #catchUp(tree: GrowingTree): Promise<void> {
    for (;;) {
      const record = await this.#read({ seq: tree.size + 1 });
      if (record === null) return;
      const next = GrowingTree.fromPeaks(tree.size, tree.peaks());
      next.add(auditLeaf(record.entry));
      this.#assertGenuine(record, next);
      this.#noteFound(record);
      await this.#take(tree, record);
    }
  }

  #noteFound({ entry: { gateway, index, details } }: AuditRecord): void {
    const isOwn = gateway === this.#options.identity.signed.labels.name;
    if (isOwn && typeof details.note === 'string') this.#found.set(details.note, index);
  }

  #takeFound({ details: { note } }: AuditDraft): number | null {
    const index = typeof note === 'string' ? this.#found.get(note) : undefined;
    if (index === undefined) return null;
    this.#found.delete(note as string);
    return index;
  }

  async #take(tree: GrowingTree, { entry, checkpoint, signature }: AuditRecord): Promise<void> {
    tree.add(auditLeaf(entry));
    this.#size = tree.size;
    this.#last.set(entry.tenant, entry.index);
    await this.#options.copy.write({ checkpoint, signature });
  }

  /** The tree that the stream holds. Throws `audit-unavailable`. */
  async #open(): Promise<GrowingTree> {
    const streams = await jetstreamManager(this.#options.connection, { timeout: ANSWER_MS });
    await makeStream(streams, this.#options);
    const copied = await this.#options.copy.last();
    if (copied === null) return this.#openAtEnd();
    const { size, root } = copied.checkpoint;
    const tree = await this.#treeAt(size);
    if (encodeHash(tree.root()) !== root) throw unavailable(`entry ${size - 1} is another one than was noted`);
    await this.#catchUp(tree);
    return tree;
  }

  /** A gateway that has noted nothing yet begins with the last entry. */
  async #openAtEnd(): Promise<GrowingTree> {
    const last = await this.#read({ last_by_subj: allAuditSubject() });
    if (last === null) return new GrowingTree();
    const { checkpoint, signature } = last;
    const tree = await this.#treeAt(checkpoint.size);
    await this.#options.copy.write({ checkpoint, signature });
    return tree;
  }

  /** As the last entry of it says. */
  async #treeAt(size: number): Promise<GrowingTree> {
    const record = await this.#read({ seq: size });
    if (record === null) throw unavailable(`entry ${size - 1}, which was noted, is not there`);
    const tree = GrowingTree.fromPeaks(size, record.peaks.map(decodeHash));
    this.#assertGenuine(record, tree);
    return tree;
  }

  #assertGenuine({ entry, checkpoint, signature, labels: signed }: AuditRecord, tree: GrowingTree): void {
    const { platformPublicKey } = this.#options.identity;
    const { labels } = signed;
    assertLabelsSigned(signed, platformPublicKey);
    const fits = entry.index === tree.size - 1 && checkpoint.size === tree.size;
    const isRoot = checkpoint.root === encodeHash(tree.root());
    const isGateway = labels.role === 'gateway' && labels.name === entry.gateway;
    const isSigned = isSignedBy(SIGNED_KINDS.audit, checkpoint, signature, labels.publicKey);
    if (!fits || !isRoot || !isGateway || !isSigned) throw unavailable(`entry ${tree.size - 1} was changed`);
  }

  async #read(query: { seq: number } | { last_by_subj: string }): Promise<AuditRecord | null> {
    const { streams } = await jetstreamManager(this.#options.connection, { timeout: ANSWER_MS, checkAPI: false });
    try {
      const message = await streams.getMessage(AUDIT_STREAM, query);
      return message === null ? null : auditRecordSchema.parse(message.json());
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === NO_MESSAGE) return null;
      throw error;
    }
  }
}

/** Made where it does not exist yet. Throws `audit-unavailable` when one exists that may be shortened. */
async function makeStream({ streams }: JetStreamManager, { home, replicas }: AuditLogOptions): Promise<void> {
  const placement = placementIn(home);
  const config = { name: AUDIT_STREAM, subjects: [allAuditSubject()], placement, ...GROWS_ONLY };
  try {
    await streams.add({ ...config, storage: StorageType.File, allow_direct: true, num_replicas: replicas });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NAME_IN_USE) throw error;
  }
  const { config: found } = await streams.info(AUDIT_STREAM);
  for (const [key, value] of Object.entries(GROWS_ONLY)) {
    const actual = found[key as keyof typeof GROWS_ONLY] ?? null;
    if (actual !== value)
      throw unavailable(`the stream ${AUDIT_STREAM} could lose entries: ${key} is ${String(actual)}`);
  }
}

function unavailable(reason: string, cause?: unknown): SovfnError {
  return new SovfnError('audit-unavailable', `the audit log cannot be written: ${reason}`, { cause, hint: HINT });
}
