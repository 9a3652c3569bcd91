/**
 * One round: events are sent by asynchronous calls and webhooks, each until it is accepted, while parts of the platform are
 * killed; beside them go a queue, a schedule and events that expire. Then everything must end. Deterministic in what is done, by the seed; not in when the processes meet it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestPlatform } from '@sovfn/testkit';
import { type Fault, FAULTS, inflict } from './faults.ts';
import { Ledger, type Verdict } from './ledger.ts';
import { SeededRandom } from './random.ts';
import { SideStorms } from './side-storms.ts';
import { planOf, STORM_FUNCTION } from './storm-functions.ts';

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

const SENDERS = 16;
const ANSWER_MS = 15_000;
const PAUSE_MS = 100;
/** From the last acceptance until everything must have ended. Milliseconds. */
const SETTLE_MS = 300_000;
/** Events for each message of a queue, and for each event that expires. */
const SIDE_SHARE = 20;

export async function storm(platform: TestPlatform, options: StormOptions): Promise<StormResult> {
  const startedAt = performance.now();
  const { seed, events, faults: count, kinds = FAULTS, onFault = () => undefined } = options;
  const random = new SeededRandom(seed);
  const faults = Array.from({ length: count }, () => random.pick(kinds));
  await using ledger = await Ledger.open(platform, STORM_FUNCTION);
  await using sides = await SideStorms.open(platform, seed);
  const sender = new Sender(platform, ledger, seed);
  const sending = Promise.all([sender.sendAll(events), sides.send(Math.ceil(events / SIDE_SHARE))]);
  for (const [index, fault] of faults.entries()) {
    await sender.untilAccepted(Math.floor((events * (index + 1)) / (count + 1)));
    onFault(fault, ledger.accepted);
    await inflict(platform, fault);
  }
  await sending;
  await sides.finish();
  const ledgers = [ledger, sides.late, sides.queue, sides.ticks];
  const verdict = await settled(ledgers, sides);
  const { refused, twice } = sender;
  const seconds = (performance.now() - startedAt) / 1_000;
  const accepted = ledgers.reduce((sum, each) => sum + each.accepted, 0);
  return { ...verdict, accepted, faults, refused, twice, seconds };
}

/** The verdict when nothing waits any more, or when the time is over. */
async function settled(ledgers: readonly Ledger[], sides: SideStorms): Promise<Verdict> {
  const until = performance.now() + SETTLE_MS;
  for (;;) {
    const verdict = await lookOrWait(() => check(ledgers, sides), until);
    const isSettled = verdict !== null && verdict.pending.length === 0 && verdict.doubled.length === 0;
    if (verdict !== null && (isSettled || performance.now() > until)) return verdict;
    await delay(PAUSE_MS * 5);
  }
}

async function check(ledgers: readonly Ledger[], sides: SideStorms): Promise<Verdict> {
  const noted = await sides.note();
  const verdicts: Verdict[] = [];
  for (const ledger of ledgers) verdicts.push(await ledger.check());
  return {
    ended: new Map(verdicts.flatMap(({ ended }) => [...ended])),
    pending: [...noted.pending, ...verdicts.flatMap(({ pending }) => pending)],
    lost: [...noted.lost, ...verdicts.flatMap(({ lost }) => lost)],
    doubled: [...noted.doubled, ...verdicts.flatMap(({ doubled }) => doubled)],
    wrongEnds: verdicts.flatMap(({ wrongEnds }) => wrongEnds),
  };
}

/** Null while a server that was killed does not answer yet. */
async function lookOrWait(look: () => Promise<Verdict>, until: number): Promise<Verdict | null> {
  try {
    return await look();
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
      if (id !== null && (await this.#isAsPlanned(n, id))) return this.#note(key, id, n);
      this.refused++;
      await delay(PAUSE_MS);
    }
  }

  /** Null: not accepted, or nobody knows. */
  async #send(n: number, key: string): Promise<string | null> {
    const isHook = n % 2 === 0;
    const path = isHook ? `/hooks/${STORM_FUNCTION}/in` : `/fn/${STORM_FUNCTION}/`;
    const asked = { prefer: 'respond-async', 'idempotency-key': key, ...planOf(n).headers };
    const headers: Record<string, string> = isHook ? { 'x-delivery': key } : asked;
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

  /** Also cancelled, where it is to be. */
  async #isAsPlanned(n: number, id: string): Promise<boolean> {
    if (!planOf(n).isCancelled) return true;
    try {
      const response = await this.#platform.control(`/v1/events/${id}/cancel`, { method: 'POST' });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  #note(key: string, id: string, n: number): void {
    if (this.#ids.has(key) && this.#ids.get(key) !== id) this.twice.push(key);
    this.#ids.set(key, id);
    this.#ledger.note(id, planOf(n).expected);
    const { accepted } = this.#ledger;
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= accepted)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > accepted);
  }
}
