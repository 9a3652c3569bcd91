/**
 * A gateway reduced to what a supervisor sees of one: it sends calls to cells and to placement, and reads the answers.
 */
import { randomBytes } from 'node:crypto';
import type { WireClient } from '@sovfn/bus/wire';
import {
  callSubject,
  type CellFrame,
  decodeCellFrame,
  encodeCall,
  encodePlacement,
  gatewayRepliesSubject,
  isBundleSubject,
  makeInvocationIds,
  MAX_SENDS,
  placementSubject,
  readBundle,
  replyPrefixOf,
  replySubjectPrefix,
  type VersionAddress,
} from '@sovfn/protocol';

export interface Answer {
  readonly kind: CellFrame['kind'];
  /** `ok` with a body, or what a refusal or failure says. */
  readonly outcome: string;
  readonly body: string;
  /** Of a failure. */
  readonly message: string;
  /** Who answered; empty for the supervisor itself. */
  readonly cell: string;
}

export interface SendOptions {
  readonly remainingMs?: number;
  /** How often the call was sent before. */
  readonly resends?: number;
  /** The call may have been taken by somebody. */
  readonly probe?: boolean;
  /** Header block; default: none. */
  readonly headers?: string;
}

/** An answer that takes longer than this is none. Milliseconds. */
const ANSWER_MS = 20_000;

export class GatewayPeer {
  readonly #wire: WireClient;
  readonly #gateway: string;
  readonly #waiting = new Map<string, (frame: CellFrame | null) => void>();
  readonly #newId = makeInvocationIds(randomBytes);
  #calls = 0;

  constructor(wire: WireClient, gateway: string) {
    this.#wire = wire;
    this.#gateway = gateway;
    const hear = (reply: string, frame: Buffer | null): void =>
      this.#waiting.get(reply)?.(frame === null ? null : decodeCellFrame(Buffer.from(frame)));
    wire.subscribe(gatewayRepliesSubject(gateway), null, (payload, subject, _reply, noResponders) => {
      if (!isBundleSubject(subject)) return hear(subject, noResponders ? null : payload);
      readBundle(payload, (name, frame) => hear(replyPrefixOf(subject) + name, frame));
    });
  }

  /**
   * As a gateway does it: to the version's own subject; when nobody listens there or a cell refuses, to placement, and
   * once more when that refuses. Null: nobody takes placements.
   */
  async call(to: VersionAddress, options: SendOptions = {}): Promise<Answer | null> {
    let answer = await this.callWarm(to, options);
    for (let resends = 1; resends < MAX_SENDS && (answer === null || answer.kind === 'refusal'); resends++) {
      answer = await this.place(to, { resends, ...options });
      if (answer === null) return null;
    }
    return answer;
  }

  /** Only to cells that have loaded the version; null when there is none. */
  async callWarm(to: VersionAddress, options: SendOptions = {}): Promise<Answer | null> {
    const reply = this.#nextReply(to);
    this.#wire.publish(callSubject(to), this.#encodeCall({ resends: 0, ...options }), reply);
    return this.#answerTo(reply);
  }

  /** Only to placement; null when no supervisor takes calls. */
  async place(to: VersionAddress, options: SendOptions = {}): Promise<Answer | null> {
    const call = this.#encodeCall(options);
    return this.placeRaw(to, encodePlacement({ tenant: to.tenant, function: to.function, version: to.version, call }));
  }

  /** To placement, without waiting for an answer: for a call that its cell will not live to answer. */
  placeBlindly(to: VersionAddress, options: SendOptions = {}): void {
    const call = this.#encodeCall(options);
    const placement = encodePlacement({ tenant: to.tenant, function: to.function, version: to.version, call });
    this.#wire.publish(placementSubject(to.zone, 'FR'), placement, this.#nextReply(to));
  }

  /** Any bytes to the placement subject. */
  async placeRaw(to: VersionAddress, placement: Uint8Array): Promise<Answer | null> {
    const reply = this.#nextReply(to);
    this.#wire.publish(placementSubject(to.zone, 'FR'), placement, reply);
    return this.#answerTo(reply);
  }

  #nextReply({ zone, tenant }: VersionAddress): string {
    return `${replySubjectPrefix(this.#gateway, zone, tenant)}${(this.#calls++).toString(36)}`;
  }

  #encodeCall({ remainingMs = 15_000, resends = 1, probe = false, headers = '' }: SendOptions): Buffer {
    return encodeCall({
      invocation: this.#newId(),
      trigger: 'http',
      method: 'GET',
      url: 'http://localhost/',
      headers,
      remainingMs,
      resends,
      body: new Uint8Array(),
      streamed: false,
      probe,
      isTraced: false,
    });
  }

  async #answerTo(reply: string): Promise<Answer | null> {
    const last = Promise.withResolvers<CellFrame | null>();
    const timer = setTimeout(() => last.reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
    this.#waiting.set(reply, (frame) => {
      if (frame?.kind !== 'taken') last.resolve(frame);
    });
    try {
      const frame = await last.promise;
      return frame === null ? null : readAnswer(frame);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(reply);
    }
  }
}

function readAnswer(frame: CellFrame): Answer {
  return {
    kind: frame.kind,
    outcome: 'outcome' in frame ? frame.outcome : 'ok',
    body: frame.kind === 'answer' ? Buffer.from(frame.body).toString() : '',
    message: frame.kind === 'failure' ? frame.detail.message : '',
    cell: 'cell' in frame ? frame.cell : '',
  };
}
