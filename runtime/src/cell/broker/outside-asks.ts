/**
 * Asks that go to the node's broker, a process of its own that a cell knows by its connection only. A locked cell can connect
 * to nothing: it listens on a socket that it has made before, and the broker, told by the supervisor, connects to it.
 *
 * Guarantees: an ask waits until the broker is there, which the supervisor is told to see to, or fails; one that is under way
 * when the broker ends fails, and the next one gets another broker. A connection is left only while nothing is asked on it.
 */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { ErrorCode } from '@sovfn/protocol';
import { type AskedOfBroker, type FromBrokerToCell, fromBrokerToCellSchema } from '../../channel/broker-messages.ts';
import { Channel } from '../../channel/frame.ts';
import { type Ask, type AskEvents, type AskOpener, type AskOrder, BrokerClient } from './broker-client.ts';

type Link = Channel<FromBrokerToCell, AskedOfBroker>;

interface Waiting {
  readonly message: AskedOfBroker;
  readonly tail: readonly Uint8Array[] | undefined;
}

const LOST_CODE: ErrorCode = 'broker-lost';
const LOST = "the node's broker ended while the request was under way; whether it arrived is not known.";

export class OutsideAsks implements AskOpener {
  readonly #client: BrokerClient;
  readonly #onWanted: () => void;
  /** Asks of each call that has made some, until it is over. */
  readonly #asked = new Map<string, number>();
  #link: Link | null = null;
  /** What was sent while there was no broker; null: it was not asked for. */
  #waiting: Waiting[] | null = null;

  /** `onWanted`: a broker is needed. `connect` or `fail` is called then. */
  constructor(onWanted: () => void) {
    this.#onWanted = onWanted;
    const link = (): Link | null => this.#link;
    this.#client = new BrokerClient({
      send: (message, tail) => this.#send(message, tail),
      get isCongested() {
        return link()?.isCongested ?? false;
      },
      onceDrained: (callback) => link()?.onceDrained(callback),
    });
  }

  /** Makes the socket on which the broker is heard. To be called before the lock. */
  async listen(path: string): Promise<void> {
    const server = createServer((socket) => this.connect(socket));
    server.listen(path);
    await once(server, 'listening');
  }

  open(order: AskOrder, events: AskEvents): Ask {
    const { invocation } = order;
    if (invocation !== null) this.#asked.set(invocation, (this.#asked.get(invocation) ?? 0) + 1);
    return this.#client.open(order, events);
  }

  /** How many asks a call has made that is over now. NOTE: on the path of every call. */
  takeAsked(invocation: string): number {
    if (this.#asked.size === 0) return 0;
    const asked = this.#asked.get(invocation) ?? 0;
    this.#asked.delete(invocation);
    return asked;
  }

  /** A broker is there. One that comes while there is another is not needed: the cell had asked before it saw that one. */
  connect(socket: Socket): void {
    if (this.#link !== null) return void socket.destroy();
    const link: Link = new Channel(socket, {
      schema: fromBrokerToCellSchema,
      onMessage: (message, tail) => {
        if (message.type === 'rest') this.#rest(link);
        else this.#client.onMessage(message, tail);
      },
      onClosed: () => this.#onClosed(link),
    });
    this.#link = link;
    for (const { message, tail } of this.#waiting ?? []) link.send(message, tail);
    this.#waiting = null;
  }

  /** There is none: what waits for it fails. */
  fail(reason: string): void {
    if (this.#waiting === null) return;
    this.#waiting = null;
    this.#failAll(`${reason}. Nothing was sent.`);
  }

  #send(message: AskedOfBroker, tail: readonly Uint8Array[] | undefined): void {
    if (this.#link !== null) return this.#link.send(message, tail);
    if (this.#waiting !== null) return void this.#waiting.push({ message, tail });
    this.#waiting = [{ message, tail }];
    this.#onWanted();
  }

  #rest(link: Link): void {
    if (link !== this.#link || !this.#client.isIdle) return;
    this.#link = null;
    link.close();
  }

  #onClosed(link: Link): void {
    if (link !== this.#link) return;
    this.#link = null;
    // It cannot be asked of another broker: it may have been sent.
    this.#failAll(LOST);
  }

  #failAll(reason: string): void {
    this.#client.failAll({ name: 'TypeError', message: `fetch failed (${LOST_CODE}): ${reason}` });
  }
}
