/**
 * Receipts of one component on their way to the bus: what is stated about calls is collected, and every SEAL_MS at the most
 * hashed, signed, and stored as one message.
 *
 * Guarantees: a call pays for some bytes that are copied, no hash, no promise and no timer; what is held is bounded; batches leave
 * in order, and name the one before, so that a missing one is missed.
 * Not guaranteed: statements of a component that is killed before it has sealed them (at most the last SEAL_MS), or that the
 * bus did not take while HELD_BYTES were held. The latter are told to `onLost`.
 */
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  BATCH_VERSION,
  documentDigest,
  encodeReceiptBatch,
  type GatewayReceiptContext,
  MESSAGE_BYTES,
  type NodeReceiptContext,
  type ReceiptBatch,
  receiptsSubject,
  signDocument,
  SIGNED_KINDS,
  type StatementBytes,
} from '@sovfn/protocol';
import type { ComponentIdentity } from '../identity/component-identity.ts';
import { BatchCalls } from './batch-calls.ts';
import type { BatchRoots } from './batch-roots.ts';

type Context = NodeReceiptContext | GatewayReceiptContext;

export interface ReceiptBatchesOptions {
  readonly connection: NatsConnection;
  readonly identity: ComponentIdentity;
  readonly zone: string;
  /** Its owner's to close, after this. */
  readonly roots: BatchRoots;
  /** Statements about so many calls will not be proved: the bus did not take them. */
  readonly onLost: (calls: number, reason: string) => void;
}

/** What does not change from call to call: whose code runs where. */
export class ReceiptScope {
  readonly context: Context;
  readonly digest: string;
  /** Batch in which it has a place, and the place. */
  batch = 0;
  place = 0;

  constructor(context: Context) {
    this.context = context;
    this.digest = documentDigest(context);
  }
}

interface TakenBatch {
  readonly number: number;
  readonly size: number;
  readonly calls: Uint8Array;
  readonly scopes: readonly ReceiptScope[];
  readonly sealedAt: string;
}

interface SealedBatch {
  /** Calls. */
  readonly size: number;
  readonly message: Buffer;
}

/** What is stated of a call is signed within so much time. Milliseconds. */
export const SEAL_MS = 200;
/** A batch that has grown so large is sealed at once: with its head it must fit into one message. */
const SEAL_BYTES = 512 * 1024;
const MOST_SCOPES = 500;
/** Of batches that the bus has not taken yet. */
const HELD_BYTES = 32 * 1024 * 1024;
const PUBLISH_MS = 5_000;
const RETRY_MS = 1_000;
const NOTHING = new Uint8Array();

export class ReceiptBatches {
  readonly #options: ReceiptBatchesOptions;
  readonly #jetstream: JetStreamClient;
  readonly #subject: string;
  readonly #calls = new BatchCalls();
  #scopes: ReceiptScope[] = [];
  #number = 1;
  #previous: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Ends when all that was taken so far is sealed. */
  #sealing: Promise<void> = Promise.resolve();
  #sealed: SealedBatch[] = [];
  #heldBytes = 0;
  #sending: Promise<void> | null = null;
  #isClosing = false;

  constructor(options: ReceiptBatchesOptions) {
    this.#options = options;
    this.#jetstream = jetstream(options.connection, { timeout: PUBLISH_MS });
    const { role, name } = options.identity.signed.labels;
    this.#subject = receiptsSubject(options.zone, role, name);
  }

  /** The record of a call, which is copied; `more` is the rest of it. NOTE: on the path of every call. */
  add(scope: ReceiptScope, record: StatementBytes, more: Uint8Array = NOTHING): void {
    if (scope.batch !== this.#number) this.#enter(scope);
    this.#calls.add(scope.place, record, more);
    if (this.#calls.bytes >= SEAL_BYTES) this.#seal();
  }

  /** Seals what there is and waits until the bus has taken it, for `limitMs` at the most. Nothing may be added after it. */
  async close(limitMs: number): Promise<void> {
    this.#isClosing = true;
    this.#seal();
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, limitMs);
    await Promise.race([this.#sealing.then(() => this.#sending), timer.promise]);
    clearTimeout(timeout);
    this.#lose(this.#sealed, 'the component stopped before the bus had taken them');
  }

  #enter(scope: ReceiptScope): void {
    if (this.#scopes.length >= MOST_SCOPES) this.#seal();
    this.#timer ??= setTimeout(() => this.#seal(), SEAL_MS);
    scope.batch = this.#number;
    scope.place = this.#scopes.length;
    this.#scopes.push(scope);
  }

  /** What is stated from now on is of the next batch. */
  #seal(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#calls.size === 0) return;
    const taken = {
      number: this.#number++,
      size: this.#calls.size,
      calls: this.#calls.take(),
      scopes: this.#scopes,
      sealedAt: new Date().toISOString(),
    };
    this.#scopes = [];
    this.#sealing = this.#sealing.then(() => this.#sign(taken));
  }

  /** Batches are signed one after the other: each names the root of the one before. */
  async #sign({ number, size, calls, scopes, sealedAt }: TakenBatch): Promise<void> {
    const { identity, roots } = this.#options;
    const { role, name: signer } = identity.signed.labels;
    const root = await roots.rootOf({ digests: scopes.map(({ digest }) => digest), calls });
    const place = { number, previous: this.#previous };
    const batch: ReceiptBatch = { v: BATCH_VERSION, role, signer, ...place, size, root, sealedAt };
    const signature = signDocument(SIGNED_KINDS.receipts, batch, identity.key, identity.publicKey);
    const head = { batch, signature, labels: identity.signed, contexts: scopes.map(({ context }) => context) };
    this.#previous = root;
    this.#send({ size, message: encodeReceiptBatch(head, calls) });
  }

  #send(batch: SealedBatch): void {
    this.#sealed.push(batch);
    this.#heldBytes += batch.message.length;
    while (this.#heldBytes > HELD_BYTES) this.#lose([this.#sealed[0]!], 'the bus takes none, and no more can be held');
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
  }

  /** One after the other; never rejects. */
  async #sendAll(): Promise<void> {
    for (let batch = this.#sealed[0]; batch !== undefined; batch = this.#sealed[0]) {
      if (batch.message.length > MESSAGE_BYTES) {
        this.#lose([batch], `it has ${batch.message.length} bytes, and the bus takes ${MESSAGE_BYTES}`);
        continue;
      }
      try {
        await this.#jetstream.publish(this.#subject, batch.message);
        this.#drop(batch);
      } catch (error) {
        if (this.#isClosing) return this.#lose(this.#sealed, String(error));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #lose(batches: readonly SealedBatch[], reason: string): void {
    const calls = batches.reduce((sum, batch) => sum + batch.size, 0);
    for (const batch of [...batches]) this.#drop(batch);
    if (calls > 0) this.#options.onLost(calls, reason);
  }

  #drop(batch: SealedBatch): void {
    const at = this.#sealed.indexOf(batch);
    if (at === -1) return;
    this.#sealed.splice(at, 1);
    this.#heldBytes -= batch.message.length;
  }
}
