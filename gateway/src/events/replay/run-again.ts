/**
 * Accepts once more what was accepted before, as a new event that says which one it repeats.
 *
 * Guarantees: whoever calls with the same id and key again, also after a crash in between, makes no second event while
 * the first is known. It stays in the zone in which it was accepted. Hostile: what callers wrote into the event.
 */
import { createHash } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { isWriteConflict, storeTogether } from '@sovfn/bus';
import {
  encodeEvent,
  type EventHead,
  functionOfEvent,
  isSovfnError,
  PROTOCOL_VERSION,
  queueMessages,
  queueSubject,
  SovfnError,
} from '@sovfn/protocol';
import type { DeployedFunction, DeployedFunctions } from '../../routes/deployed-functions.ts';
import type { Acceptance, EventAcceptor } from '../accept/event-acceptor.ts';
import type { BodyReference } from '../accept/accepted-event.ts';
import type { StoredBody } from '../accept/event-bodies.ts';
import type { DispatchRecords } from '../dispatch/dispatch-records.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { readRecord } from '../history/event-detail.ts';
import type { EventStreams } from '../history/event-streams.ts';

export interface RunAgainOptions {
  readonly acceptor: EventAcceptor;
  readonly functions: DeployedFunctions;
  readonly streams: EventStreams;
  readonly dispatch: DispatchRecords;
  readonly connection: NatsConnection;
  readonly sealed: SealedEvents;
}

/** What an event is accepted as. */
export interface AgainAs {
  readonly id: string;
  /** Names this repetition among all of the event. */
  readonly key: string;
}

export class RunAgain {
  readonly #options: RunAgainOptions;

  constructor(options: RunAgainOptions) {
    this.#options = options;
  }

  /**
   * Throws `function-not-found`, `residency-unsatisfied`, `event-not-kept` (its body is gone), and what the acceptor
   * throws. After any of them the same call may be made again.
   */
  async accept(head: EventHead, body: Buffer, as: AgainAs): Promise<Acceptance> {
    const to = this.#destination(head);
    if (head.trigger === 'queue') return this.#enqueue(head, body, as.id);
    const { trigger, method, url, headers, orderingKey, callback, webhook, schedule } = head;
    const facts = { trigger, method, url, headers, orderingKey, callback, webhook, schedule, replayOf: head.id };
    const own = head.bodyReference === null ? body : await this.#copyBody(head, head.bodyReference, as.id);
    return this.#options.acceptor.accept({ to, facts, body: own, id: as.id, key: as.key, notBefore: null });
  }

  #destination({ tenant, function: name, zone, id }: EventHead): DeployedFunction {
    const to = this.#options.functions.get(tenant, name);
    if (to === null) {
      throw new SovfnError('function-not-found', `event ${id} is of the function "${name}", which is not deployed`, {
        hint: 'Deploy the function; what is kept of the event stays meanwhile.',
      });
    }
    if (to.target.zone === zone) return to;
    const message = `event ${id} is kept in zone "${zone}", and "${name}" may run in "${to.target.zone}" only`;
    throw new SovfnError('residency-unsatisfied', message, {
      hint: `Send the event anew, or deploy the function for zone "${zone}".`,
    });
  }

  /** A body belongs to one event, and goes with it. */
  async #copyBody(head: EventHead, reference: BodyReference, id: string): Promise<StoredBody> {
    const { bodies } = this.#options.acceptor;
    try {
      const { bytes } = reference;
      const source = bodies.read(reference);
      return { event: id, reference: await bodies.putStream(functionOfEvent(head), id, { bytes, source }) };
    } catch (cause) {
      if (!isSovfnError(cause) || cause.code !== 'not-found') throw cause;
      throw new SovfnError('event-not-kept', `the body of event ${head.id} is not in the object store any more`, {
        cause,
      });
    }
  }

  /** A message of a queue that is marked, or has begun, is the same one. Throws `bus-` or `key-unavailable`, or what the library throws. */
  async #enqueue(head: EventHead, body: Buffer, id: string): Promise<Acceptance> {
    const of = functionOfEvent(head);
    const { streams, dispatch, connection, sealed } = this.#options;
    if ((await readRecord(streams, { ...of, event: id })) !== null) return { id, isDuplicate: true };
    await dispatch.ensureQueue(of);
    const acceptedAt = new Date().toISOString();
    const again: EventHead = { ...head, v: PROTOCOL_VERSION, id, acceptedAt, attempt: 1, replayOf: head.id };
    const payload = await sealed.seal(queueSubject(of, id), encodeEvent(again, body));
    try {
      const payloadSha256 = createHash('sha256').update(body).digest('hex');
      await storeTogether(connection, queueMessages(again, payload, { payloadSha256, notBefore: null }));
      return { id, isDuplicate: false };
    } catch (error) {
      if (isWriteConflict(error)) return { id, isDuplicate: true };
      throw new SovfnError('bus-unavailable', `the message ${id} could not be stored`, { cause: error });
    }
  }
}
