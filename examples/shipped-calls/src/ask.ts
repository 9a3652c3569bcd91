import { setTimeout as delay } from 'node:timers/promises';
import { checkAnswer, type CheckedAnswer } from './check-answer.ts';
import type { Example } from './read-examples.ts';
import { makeRequest } from './request.ts';
import type { ShippedCall } from './schema.ts';

export interface AskOptions {
  /** The function's address. */
  readonly base: string;
  readonly send: (request: Request) => Response | Promise<Response>;
}

const REPEAT_MS = 200;

/** Makes a shipped call, and again while it may take a while until it is answered as expected. */
export async function askCall(example: Example, call: ShippedCall, { base, send }: AskOptions): Promise<CheckedAnswer> {
  const until = performance.now() + (call.withinSeconds ?? 0) * 1_000;
  for (;;) {
    const answer = await checkAnswer(call.expect, await send(await makeRequest(example, call, base)));
    if (answer.unmet.length === 0 || performance.now() >= until) return answer;
    await delay(REPEAT_MS);
  }
}
