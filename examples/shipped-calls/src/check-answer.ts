import type { Expectation } from './schema.ts';

export interface CheckedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** What the answer failed to be, a sentence each; empty when it is as expected. */
  readonly unmet: readonly string[];
}

/** Reads the whole answer and compares it with what the call expects. The caller's signal limits the wait. */
export async function checkAnswer(expected: Expectation, response: Response): Promise<CheckedAnswer> {
  const body = await response.bytes();
  const text = new TextDecoder().decode(body);
  const contentType = (response.headers.get('content-type') ?? '').split(';', 1)[0]!.trim();
  const unmet: string[] = [];
  if (response.status !== expected.status) unmet.push(`status is ${response.status}, not ${expected.status}`);
  if (contentType !== expected.contentType)
    unmet.push(`content type is "${contentType}", not "${expected.contentType}"`);
  if (expected.startsWith !== null && !text.startsWith(expected.startsWith)) {
    unmet.push(`the body starts with "${text.slice(0, expected.startsWith.length)}", not "${expected.startsWith}"`);
  }
  for (const wanted of expected.contains) {
    if (!text.includes(wanted)) unmet.push(`the body does not hold "${wanted}"`);
  }
  return { status: response.status, contentType, body, unmet };
}
