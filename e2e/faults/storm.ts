/**
 * One round: events are sent by asynchronous calls and webhooks, each until it is accepted, while parts of the platform are
 * killed; then everything must end. Deterministic in what is done, by the seed; not in when the processes meet it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestPlatform } from '@sovfn/testkit';
import { type Fault, FAULTS, inflict } from './faults.ts';
import { Ledger, type Verdict } from './ledger.ts';
import { SeededRandom } from './random.ts';

export interface StormOptions {
  readonly seed: number;
  readonly events: number;
  /** How many faults, spread over the sending and the running. */
  readonly faults: number;
  readonly kinds?: readonly Fault[];
  readonly onFault?: (fault: Fault, accepted: number) => void;
}

export interface StormResult extends Verdict {
  readonly accepted: number;
  readonly faults: readonly Fault[];
  /** Answers that were no acceptance and were sent again. */
  readonly refused: number;
  /** Keys that were accepted under two ids. */
  readonly twice: readonly string[];
  readonly seconds: number;
}

export const STORM_FUNCTION = 'storm';
const SENDERS = 16;
const ANSWER_MS = 15_000;
const PAUSE_MS = 100;
/** From the last acceptance until everything must have ended. Milliseconds. */
const SETTLE_MS = 300_000;

/** Some first attempts fail, some are slow, some events can only die: so that faults meet events in every state. */
const CODE = `export default { async fetch(request: Request) {
  const n = Number(await request.text());
  const attempt = Number(request.headers.get('sovfn-attempt'));
  if (n % 7 === 0) await new Promise((done) => setTimeout(done, 200));
  if (n % 10 === 0 && attempt === 1) return new Response('not yet', { status: 503 });
  if (n % 20 === 13) return new Response('never', { status: 400 });
  if (n % 10 === 5 && attempt === 1) throw new Error('not yet');
  return new Response('done ' + n);
} };`;

/** What the function answers to the event in the end; null: it can only become a dead letter. */
const answerTo = (n: number): string | null => (n % 20 === 13 ? null : `done ${n}`);

export async function deployStorm(platform: TestPlatform): Promise<void> {
  await platform.deploy({
    name: STORM_FUNCTION,
    code: CODE,
    config: {
      events: { concurrency: 50 },
      retry: { attempts: 50, minDelay: '100ms', maxDelay: '1s' },
      webhooks: [{ name: 'in', verify: 'none', idHeader: 'x-delivery' }],
    },
  });
}

export async function storm(platform: TestPlatform, options: StormOptions): Promise<StormResult> {
  const startedAt = performance.now();
  const { seed, events, faults: count, kinds = FAULTS, onFault = () => undefined } = options;
  const random = new SeededRandom(seed);
  const faults = Array.from({ length: count }, () => random.pick(kinds));
  await using ledger = await Ledger.open(platform, STORM_FUNCTION);
  const sender = new Sender(platform, ledger, seed);
  const sending = sender.sendAll(events);
  for (const [index, fault] of faults.entries()) {
    await sender.untilAccepted(Math.floor((events * (index + 1)) / (count + 1)));
    onFault(fault, ledger.accepted);
    await inflict(platform, fault);
  }
  await sending;
  const verdict = await settled(ledger);
  const { refused, twice } = sender;
  const seconds = (performance.now() - startedAt) / 1_000;
  return { ...verdict, accepted: ledger.accepted, faults, refused, twice, seconds };
}

/** The verdict when nothing waits any more, or when the time is over. */
async function settled(ledger: Ledger): Promise<Verdict> {
  const until = performance.now() + SETTLE_MS;
  for (;;) {
    const verdict = await lookOrWait(ledger, until);
    const isSettled = verdict !== null && verdict.pending.length === 0 && verdict.doubled.length === 0;
    if (verdict !== null && (isSettled || performance.now() > until)) return verdict;
    await delay(PAUSE_MS * 5);
  }
}

/** Null while a server that was killed does not answer yet. */
async function lookOrWait(ledger: Ledger, until: number): Promise<Verdict | null> {
  try {
    return await ledger.check();
  } catch (error) {
    if (performance.now() > until) throw error;
    return null;
  }
}

class Sender {
  refused = 0;
  readonly twice: string[] = [];
  readonly #platform: TestPlatform;
  readonly #ledger: Ledger;
  readonly #seed: number;
  readonly #ids = new Map<string, string>();
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(platform: TestPlatform, ledger: Ledger, seed: number) {
    this.#platform = platform;
    this.#ledger = ledger;
    this.#seed = seed;
  }

  async sendAll(count: number): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) await this.#sendUntilAccepted(next++);
    };
    await Promise.all(Array.from({ length: SENDERS }, worker));
  }

  async untilAccepted(count: number): Promise<void> {
    if (this.#ledger.accepted >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  async #sendUntilAccepted(n: number): Promise<void> {
    const key = `${this.#seed}-${n}`;
    for (;;) {
      const id = await this.#send(n, key);
      if (id !== null) return this.#note(key, id, n);
      this.refused++;
      await delay(PAUSE_MS);
    }
  }

  /** Null: not accepted, or nobody knows. */
  async #send(n: number, key: string): Promise<string | null> {
    const isHook = n % 2 === 0;
    const path = isHook ? `/hooks/${STORM_FUNCTION}/in` : `/fn/${STORM_FUNCTION}/`;
    const headers = isHook ? { 'x-delivery': key } : { prefer: 'respond-async', 'idempotency-key': key };
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const response = await this.#platform.call(path, { method: 'POST', body: String(n), headers, signal });
      await response.arrayBuffer();
      return response.ok ? response.headers.get('sovfn-event') : null;
    } catch {
      // The connection broke, or nobody answered.
      return null;
    }
  }

  #note(key: string, id: string, n: number): void {
    if (this.#ids.has(key) && this.#ids.get(key) !== id) this.twice.push(key);
    this.#ids.set(key, id);
    this.#ledger.note(id, answerTo(n));
    const { accepted } = this.#ledger;
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= accepted)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > accepted);
  }
}
