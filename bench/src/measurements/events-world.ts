/** A platform with a webhook, beside a bare nats-server that syncs as often, and what is asked of both. */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { eventStream, laneEventsSubject } from '@sovfn/protocol';
import { connectToBusOf, type NatsServer, startNats, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import type { LoadResult } from '../load/load-generator.ts';
import { runProgram } from '../processes/run-program.ts';

const SENDER = fileURLToPath(new URL('../programs/webhook-sender.ts', import.meta.url));
const PUBLISHER = fileURLToPath(new URL('../programs/stream-publisher.ts', import.meta.url));
/** For starting, signing and ending. Milliseconds. */
const GRACE_MS = 60_000;
const POLL_MS = 20;
/** One whose events wait, so that accepting is measured alone, and one whose events run. */
export const FUNCTIONS = ['accepting', 'running'] as const;
export type EventFunction = (typeof FUNCTIONS)[number];

const addressOf = (name: EventFunction) => ({ zone: 'fr', tenant: 'main', function: name });
const CODE = `export default { async fetch(request) { return Response.json({ got: (await request.json()).type }); } };\n`;

const resultSchema = z.strictObject({
  requestsPerSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  failures: z.int(),
});
export class EventsWorld implements AsyncDisposable {
  readonly platform: TestPlatform;
  readonly #nats: NatsServer;
  readonly #streams: JetStreamManager;
  /** Of the webhooks. */
  readonly secret: string;
  readonly #owned: AsyncDisposableStack;

  static async start(): Promise<EventsWorld> {
    await using parts = new AsyncDisposableStack();
    const platform = parts.use(await startPlatform());
    const nats = parts.use(await startNats());
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const webhooks = [{ name: 'in', provider: 'standard', secret: 'KEY' }];
    const config = {
      secrets: [{ name: 'KEY', expose: true }],
      webhooks,
      events: { concurrency: 64 },
      limits: { concurrency: 1_000 },
    };
    for (const name of FUNCTIONS) {
      await setSecret(platform, name, secret);
      await platform.deploy({ name, code: CODE, config });
    }
    const connection = parts.adopt(await connectToBusOf(platform, 'bench'), (open) => open.close());
    const streams = await jetstreamManager(connection);
    return new EventsWorld({ platform, nats, streams, secret }, parts.move());
  }

  private constructor(
    of: { platform: TestPlatform; nats: NatsServer; streams: JetStreamManager; secret: string },
    owned: AsyncDisposableStack,
  ) {
    this.platform = of.platform;
    this.#nats = of.nats;
    this.#streams = of.streams;
    this.secret = of.secret;
    this.#owned = owned;
  }

  /** Accepted deliveries. */
  async sendWebhooks(name: EventFunction, connections: number, seconds: number): Promise<LoadResult> {
    return sendWebhooks({ url: webhookUrl(this.platform.publicUrl, name), secret: this.secret }, connections, seconds);
  }

  /** Messages stored by the server alone. */
  async publishRaw(
    mode: 'single' | 'batch',
    inFlight: number,
    seconds: number,
    signal: AbortSignal,
  ): Promise<LoadResult> {
    const args = [PUBLISHER, String(this.#nats.address.port), mode, String(inFlight), String(seconds)];
    const report = await runProgram(process.execPath, args, { limitMs: seconds * 1_000 + GRACE_MS, signal });
    return resultSchema.parse(JSON.parse(report));
  }

  async setPaused(name: EventFunction, isPaused: boolean): Promise<void> {
    const path = `/v1/functions/${name}/events/${isPaused ? 'pause' : 'resume'}`;
    const response = await this.platform.control(path, { method: 'POST' });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
  }

  /** Events that have not ended. */
  async pending(name: EventFunction): Promise<number> {
    const of = addressOf(name);
    const filter = laneEventsSubject(of, 'any');
    const { state } = await this.#streams.streams.info(eventStream(of.zone), { subjects_filter: filter });
    return Object.keys(state.subjects ?? {}).length;
  }

  async untilNonePends(name: EventFunction, signal: AbortSignal): Promise<void> {
    while ((await this.pending(name)) > 0) await delay(POLL_MS, undefined, { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

export const webhookUrl = (publicUrl: string, name: EventFunction): string => `${publicUrl}/hooks/${name}/in`;

export async function sendWebhooks(
  to: { readonly url: string; readonly secret: string },
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const child = spawn(process.execPath, [SENDER, to.url, String(connections), String(seconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    signal: AbortSignal.timeout(seconds * 1_000 + GRACE_MS),
  });
  child.stdin.end(to.secret);
  return resultSchema.parse(JSON.parse(await text(child.stdout)));
}

async function setSecret(platform: TestPlatform, name: EventFunction, value: string): Promise<void> {
  const path = `/v1/functions/${name}/secrets/KEY`;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ v: 1, value, overlapMs: 0 });
  const response = await platform.control(path, { method: 'PUT', headers, body });
  if (!response.ok)
    throw new Error(`setting the secret was answered with ${response.status}: ${await response.text()}`);
}
