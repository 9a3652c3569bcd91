/** Sends the deliveries of an example to a platform, through its control API: the platform signs and receives them. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  eventDetailSchema,
  outputMetaSchema,
  PROTOCOL_VERSION,
  secretListSchema,
  TERMINAL_STATES,
  type TestDeliveryResponse,
  testDeliveryResponseSchema,
} from '@sovfn/protocol';
import { checkAnswer, type CheckedAnswer } from './check-answer.ts';
import type { Example } from './read-examples.ts';
import type { ShippedDelivery } from './schema.ts';

/** Sends a request with the token to the control API; `path` begins with a slash. */
export type Control = (path: string, init?: RequestInit) => Promise<Response>;

export interface CheckedDelivery extends CheckedAnswer {
  readonly event: string;
}

const SECRET_BYTES = 32;
const RUN_MS = 60_000;
const POLL_MS = 50;

/** Gives random values to the secrets that the example needs and that are not set. */
export async function setMissingSecrets(control: Control, { name }: Example): Promise<void> {
  const secrets = `/v1/functions/${name}/secrets`;
  const { missing } = secretListSchema.parse(await readJson(await control(secrets)));
  for (const secret of missing) {
    const value = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    await readJson(
      await control(`${secrets}/${secret}`, jsonInit('PUT', { v: PROTOCOL_VERSION, value, overlapMs: null })),
    );
  }
}

/** Resolves when the event of the delivery has run, with what the function answered. Throws when it was not accepted. */
export async function sendDelivery(
  control: Control,
  example: Example,
  delivery: ShippedDelivery,
): Promise<CheckedDelivery> {
  const { event, isDuplicate } = await send(control, example, delivery);
  if (event === null) throw new Error('the delivery was answered without an event');
  await untilEnded(control, event);
  const checked = await checkAnswer(delivery.expect, await readOutput(control, event));
  // Without the flag it may be one all the same: of an earlier run on the same data.
  const unmet =
    delivery.isRepetition && !isDuplicate ? ['it was not taken for a repetition', ...checked.unmet] : checked.unmet;
  return { ...checked, unmet, event };
}

async function send(
  control: Control,
  { name, folder }: Example,
  { webhook, provider, type, id, bodyFile }: ShippedDelivery,
): Promise<TestDeliveryResponse> {
  const data = await readFile(join(folder, bodyFile), 'utf8');
  const body = { encoding: 'utf8', data };
  const asked = { v: PROTOCOL_VERSION, provider, type, id, body, contentType: 'application/json' };
  const response = await control(`/v1/functions/${name}/webhooks/${webhook}/send`, jsonInit('POST', asked));
  return testDeliveryResponseSchema.parse(await readJson(response));
}

async function untilEnded(control: Control, event: string): Promise<void> {
  const signal = AbortSignal.timeout(RUN_MS);
  for (;;) {
    const { state } = eventDetailSchema.parse(await readJson(await control(`/v1/events/${event}`, { signal })));
    if (TERMINAL_STATES.has(state)) return;
    await delay(POLL_MS, undefined, { signal });
  }
}

/** What the function answered, as it was kept. */
async function readOutput(control: Control, event: string): Promise<Response> {
  const { status, contentType } = outputMetaSchema.parse(await readJson(await control(`/v1/outputs/${event}`)));
  const body = await (await control(`/v1/outputs/${event}/body`)).bytes();
  return new Response(body, { status, headers: { 'content-type': contentType ?? '' } });
}

function jsonInit(method: string, body: object): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(response.url).pathname} was answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
