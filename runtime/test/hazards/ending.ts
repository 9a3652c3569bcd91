import { PROBLEM_TYPE, problemSchema } from '@sovfn/protocol';

/** How the call of a hazard ended. */
export interface Ending {
  readonly outcome: string;
  /** The body, or what the problem says. */
  readonly text: string;
}

/** The body of a stream is read, not kept: it may be without end. */
export async function readEnding(response: Response): Promise<Ending> {
  if (response.headers.get('content-type') === PROBLEM_TYPE) {
    const text = await response.text();
    return { outcome: problemSchema.parse(JSON.parse(text)).outcome ?? '', text };
  }
  let text = '';
  try {
    for await (const piece of response.body ?? [])
      text = text.length < 1_000 ? text + Buffer.from(piece).toString() : text;
    return { outcome: 'ok', text };
  } catch {
    // The gateway cuts the connection: there is no other way to say that a body is not whole.
    return { outcome: 'broken-off', text };
  }
}
