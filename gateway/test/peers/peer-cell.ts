import { type BusAddress, type BusCredential, dial, Replies, WireConnection } from '@sovfn/bus/wire';
import {
  type AnswerFrame,
  type Call,
  callKeyOfReply,
  callSubject,
  CELL_QUEUE,
  cellInboxPrefix,
  cellInboxSubject,
  decodeCall,
  decodeGatewayFrame,
  decodePlacement,
  decodeWho,
  encodeAnswer,
  encodeChunk,
  encodeCredit,
  encodeEnd,
  encodeFailure,
  encodeRefusal,
  encodeTaken,
  type FailureDetail,
  type GatewayFrame,
  type HandlerReport,
  isBundleSubject,
  type Outcome,
  type Placement,
  placementSubject,
  readBundle,
  replyPrefixOf,
  SUPERVISOR_QUEUE,
  type VersionAddress,
  type WhoFrame,
  whoSubject,
} from '@sovfn/protocol';
import { Arrivals } from './arrivals.ts';

const USE = { cpuUs: 120, wallUs: 900 };
const NO_DETAIL: FailureDetail = {
  message: 'failed',
  limit: null,
  limitValue: null,
  measured: null,
  errorName: null,
  stack: null,
};

export interface PeerIdentity {
  readonly zone: string;
  readonly tenant: string;
  readonly cell: string;
  readonly node: string;
}

/**
 * The far end of the call path, speaking its frames over a connection of its own: what a cell, or a supervisor that runs
 * a placed call, sends and receives. Tests decide what it answers.
 */
export class Peer {
  readonly identity: PeerIdentity;
  readonly calls = new Arrivals<ServedCall>();
  readonly placed = new Arrivals<ServedCall>();
  readonly questions = new Arrivals<WhoFrame>();
  readonly connection: WireConnection;
  readonly replies: Replies;
  /** Of what came to `serve`: how many calls each message brought. */
  readonly bundles: number[] = [];
  readonly #byKey = new Map<string, ServedCall>();

  static async open(address: BusAddress, credential: BusCredential, identity: PeerIdentity): Promise<Peer> {
    const connection = await WireConnection.open(await dial(address), { credential, name: identity.cell });
    const peer = new Peer(connection, identity);
    await connection.flush();
    return peer;
  }

  private constructor(connection: WireConnection, identity: PeerIdentity) {
    this.connection = connection;
    this.replies = new Replies(connection);
    this.identity = identity;
    const { zone, tenant, cell } = identity;
    const prefix = cellInboxPrefix(zone, tenant, cell);
    connection.subscribe(cellInboxSubject(zone, tenant, cell), null, (message, subject) => {
      this.#byKey.get(subject.slice(prefix.length))?.frames.push(copyFrame(decodeGatewayFrame(message)));
    });
    connection.subscribe(whoSubject(zone, tenant), null, (message) => this.#onWho(decodeWho(message)));
  }

  /** Takes the calls of a version, as a cell that has loaded it does. `onCall` answers at once; `calls` gets each one. */
  async serve(version: VersionAddress, onCall: (call: ServedCall) => void = () => undefined): Promise<void> {
    const take = (message: Buffer, reply: string): void => {
      const served = this.#take(decodeCall(Buffer.from(message)), reply);
      onCall(served);
      this.calls.push(served);
    };
    this.connection.subscribe(callSubject(version), CELL_QUEUE, (message, _subject, reply) => {
      let count = 0;
      const takeNext = (call: Buffer, to: string): void => {
        count++;
        take(call, to);
      };
      if (isBundleSubject(reply)) readBundle(message, (name, call) => takeNext(call, replyPrefixOf(reply) + name));
      else takeNext(message, reply);
      this.bundles.push(count);
    });
    await this.connection.flush();
  }

  /** Takes the placements of a zone, as a supervisor does. */
  async place(zone: string, onCall: (call: ServedCall) => void = () => undefined): Promise<void> {
    this.connection.subscribe(placementSubject(zone, 'FR'), SUPERVISOR_QUEUE, (message, _subject, reply) => {
      const placement = decodePlacement(Buffer.from(message));
      const served = this.#take(decodeCall(Buffer.from(placement.call)), reply, placement);
      onCall(served);
      this.placed.push(served);
    });
    await this.connection.flush();
  }

  /** The call with this key, if it came here. */
  byKey(callKey: string): ServedCall | undefined {
    return this.#byKey.get(callKey);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** A cancel that names the call reaches it like one that was sent to the cell. */
  #onWho(who: WhoFrame): void {
    this.questions.push(who);
    if (who.cancel) this.#byKey.get(who.callKey)?.frames.push({ kind: 'cancel' });
  }

  #take(call: Call, reply: string, placement: Placement | null = null): ServedCall {
    const key = callKeyOfReply(reply, this.identity.zone, this.identity.tenant) ?? reply;
    const served = new ServedCall(this, call, reply, placement);
    this.#byKey.set(key, served);
    return served;
  }
}

export class ServedCall {
  readonly call: Call;
  readonly reply: string;
  readonly placement: Placement | null;
  readonly frames = new Arrivals<GatewayFrame>();
  readonly #peer: Peer;

  constructor(peer: Peer, call: Call, reply: string, placement: Placement | null) {
    this.#peer = peer;
    this.call = call;
    this.reply = reply;
    this.placement = placement;
  }

  send(frame: Buffer): void {
    this.#peer.replies.send(this.reply, frame);
  }

  answer(body: string | Uint8Array, more: Partial<AnswerFrame> = {}): void {
    const head = { status: 200, headers: 'content-type\ntext/plain\n', complete: true, cold: false, ...USE };
    this.send(encodeAnswer({ ...this.#runner, ...head, body: Buffer.from(body as Uint8Array), ...more }));
  }

  answerStreamed(more: Partial<AnswerFrame> = {}): void {
    this.answer('', { complete: false, ...more });
  }

  chunk(sequence: number, bytes: Uint8Array): void {
    this.send(encodeChunk(sequence, bytes));
  }

  end(chunks: number, outcome: Outcome = 'ok'): void {
    this.send(encodeEnd({ outcome, chunks, ...USE }));
  }

  taken(): void {
    this.send(encodeTaken(this.#runner));
  }

  refuse(outcome: Outcome): void {
    this.send(encodeRefusal({ ...this.#runner, outcome }));
  }

  credit(chunks: number): void {
    this.send(encodeCredit({ ...this.#runner, chunks }));
  }

  fail(outcome: Outcome, detail: Partial<FailureDetail> = {}, report: HandlerReport | null = null): void {
    this.send(encodeFailure({ ...this.#runner, ...USE, outcome, detail: { ...NO_DETAIL, ...detail }, report }));
  }

  get #runner(): { node: string; cell: string } {
    return { node: this.#peer.identity.node, cell: this.#peer.identity.cell };
  }
}

/** Frames are views of the socket's bytes. */
function copyFrame(frame: GatewayFrame): GatewayFrame {
  return frame.kind === 'chunk' ? { ...frame, bytes: Buffer.from(frame.bytes) } : frame;
}
