import { createUserKey } from '@sovfn/bus';
import { type BusCredential, WireClient } from '@sovfn/bus/wire';
import type { AnswerFrame, EndFrame } from '@sovfn/protocol';
import { type NatsServer, startNats } from '@sovfn/testkit';
import { CallClient } from '../../src/calls/call-client.ts';
import type { CallFailure, CallHandler, OutgoingCall } from '../../src/calls/call-handler.ts';
import { type CallTarget, makeCallTarget } from '../../src/calls/call-target.ts';
import type { PendingCall } from '../../src/calls/pending-call.ts';
import { CallCounts } from '../../src/metrics/call-counts.ts';
import { Arrivals } from './arrivals.ts';
import { Peer } from './peer-cell.ts';

export const ZONE = 'fr';
export const TENANT = 'main';
const VERSION = 'ab'.repeat(32);
const WALL_MS = 10_000;

/** A call client and its peers on a server of their own. */
export class CallBench implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly wire: WireClient;
  readonly calls: CallClient;
  readonly invalid = new Arrivals<string>();
  readonly #peers: Peer[] = [];
  zonesWithNode = new Set<string>();

  static async start(): Promise<CallBench> {
    const nats = await startNats();
    const wire = await WireClient.connect({ address: nats.address, credential: anyCredential(), name: 'gateway' });
    return new CallBench(nats, wire);
  }

  private constructor(nats: NatsServer, wire: WireClient) {
    this.nats = nats;
    this.wire = wire;
    this.calls = new CallClient({
      wire,
      gateway: 'gw-1',
      zones: [ZONE],
      countriesIn: (zone) => new Map(this.zonesWithNode.has(zone) ? [['FR', 1]] : []),
      onUnsatisfied: () => undefined,
      assertUsable: () => undefined,
      onStated: () => undefined,
      spans: null,
      onInvalid: (reason) => this.invalid.push(reason),
    });
  }

  async peer(cell: string, tenant = TENANT): Promise<Peer> {
    const peer = await Peer.open(this.nats.address, anyCredential(), { zone: ZONE, tenant, cell, node: 'node-1' });
    this.#peers.push(peer);
    return peer;
  }

  start(target: CallTarget, more: Partial<OutgoingCall> = {}): Listener {
    const listener = new Listener();
    listener.pending = this.calls.start(target, { ...CALL, ...more }, listener);
    return listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calls.close();
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.wire.close();
    await this.nats[Symbol.asyncDispose]();
  }
}

export type Ending =
  | { readonly kind: 'answer'; readonly answer: AnswerFrame; readonly text: string }
  | { readonly kind: 'end'; readonly end: EndFrame }
  | { readonly kind: 'failure'; readonly failure: CallFailure };

/** Keeps what a call says. */
export class Listener implements CallHandler {
  pending!: PendingCall;
  readonly heads = new Arrivals<AnswerFrame>();
  readonly chunks = new Arrivals<null>();
  readonly rooms = new Arrivals<null>();
  readonly #ending = Promise.withResolvers<Ending>();

  get ending(): Promise<Ending> {
    return this.#ending.promise;
  }

  /** The text of a complete answer. Throws for any other end. */
  async text(): Promise<string> {
    const ending = await this.ending;
    if (ending.kind === 'answer') return ending.text;
    throw new Error(`the call ended with ${JSON.stringify(ending)}`);
  }

  /** The failure. Throws for any other end. */
  async failure(): Promise<CallFailure> {
    const ending = await this.ending;
    if (ending.kind === 'failure') return ending.failure;
    throw new Error(`the call ended with ${ending.kind}`);
  }

  onAnswer(answer: AnswerFrame): void {
    const text = Buffer.from(answer.body).toString();
    if (answer.complete) this.#ending.resolve({ kind: 'answer', answer, text });
    else this.heads.push(answer);
  }

  onChunk(): void {
    this.chunks.push(null);
  }

  onEnd(end: EndFrame): void {
    this.#ending.resolve({ kind: 'end', end });
  }

  onFailure(failure: CallFailure): void {
    this.#ending.resolve({ kind: 'failure', failure });
  }

  onRoom(): void {
    this.rooms.push(null);
  }
}

export function targetOf(name: string, wallMs = WALL_MS, tenant = TENANT, zone = ZONE): CallTarget {
  const to = { zone, tenant, function: name, version: VERSION };
  return makeCallTarget('gw-1', to, { countries: ['FR'], wallMs, counts: new CallCounts() });
}

const CALL: OutgoingCall = {
  invocation: '01jd0000000000000000000000',
  trigger: 'http',
  method: 'POST',
  url: 'http://localhost/a?b=c',
  headers: 'x-one\n1\n',
  body: Buffer.from('hello'),
  streamed: false,
};

/** For a server without authentication, which still wants a well-formed one. */
function anyCredential(): BusCredential {
  return { jwt: '', seed: new TextEncoder().encode(createUserKey().seed) };
}
