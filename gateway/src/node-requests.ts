/**
 * Answers what nodes ask the gateways on subjects of their own: JSON both ways, a problem document for what is refused. Of
 * several gateways one answers. NATS lets only the node that a subject names publish on it, so the subject proves who asks.
 *
 * Guarantees: a request of the agreed form gets an answer or a refusal, and `close` waits for those it has. Hostile: requests.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { describeIssues, isSovfnError, SovfnError } from '@sovfn/protocol';
import type { z } from 'zod';
import { problemOfError } from './http/problem.ts';

export interface NodeRequestsOptions<Request> {
  readonly connection: NatsConnection;
  readonly subjects: readonly string[];
  /** Group of the gateways. */
  readonly queue: string;
  /** What is asked for, as a request is named in errors: `a request for <what>`. */
  readonly what: string;
  /** The sentence for a defect of ours. */
  readonly failed: string;
  readonly schema: z.ZodType<Request>;
  /** Throws what is to be refused. `subject`: that of the request. */
  readonly answer: (request: Request, subject: string) => object | Promise<object>;
  readonly onRefused: (subject: string, error: unknown) => void;
}

export class NodeRequests<Request> {
  readonly #options: NodeRequestsOptions<Request>;
  readonly #subscriptions: readonly Subscription[];
  readonly #open = new Set<Promise<void>>();

  constructor(options: NodeRequestsOptions<Request>) {
    this.#options = options;
    const { connection, subjects, queue } = options;
    this.#subscriptions = subjects.map((subject) =>
      connection.subscribe(subject, {
        queue,
        callback: (error, message) => {
          if (error === null) this.#onRequest(message);
        },
      }),
    );
  }

  /** Takes no further requests and answers those it has. */
  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
    await Promise.all(this.#open);
  }

  #onRequest(message: Msg): void {
    const answering = this.#answer(message).finally(() => this.#open.delete(answering));
    this.#open.add(answering);
  }

  /** Never rejects. */
  async #answer(message: Msg): Promise<void> {
    const { subject } = message;
    const { answer, onRefused, failed } = this.#options;
    try {
      message.respond(JSON.stringify(await answer(this.#parse(message), subject)));
    } catch (error) {
      onRefused(subject, error);
      const refusal = isSovfnError(error) ? error : new SovfnError('internal-error', failed, { cause: error });
      message.respond(JSON.stringify(problemOfError(refusal, null)));
    }
  }

  #parse(message: Msg): Request {
    const { schema, what } = this.#options;
    const parsed = schema.safeParse(parseJson(message, what));
    if (parsed.success) return parsed.data;
    throw new SovfnError('bad-message', `a request for ${what} is malformed: ${describeIssues(parsed.error)}`);
  }
}

export interface NodeInZone {
  readonly zone: string;
  readonly node: string;
}

/** Who asks on a subject of the form `<what>.<zone>.<node>`. */
export function askerOf(subject: string): NodeInZone {
  const [, zone, node] = subject.split('.') as [string, string, string];
  return { zone, node };
}

function parseJson(message: Msg, what: string): unknown {
  try {
    return message.json();
  } catch (cause) {
    throw new SovfnError('bad-message', `a request for ${what} is not JSON`, { cause });
  }
}
