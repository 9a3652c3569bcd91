import { expect } from 'vitest';

/** Sends until it is accepted; each refusal must be one that may be repeated. Resolves with the event. */
export async function untilAccepted(send: () => Promise<Response>): Promise<string> {
  for (;;) {
    const response = await send();
    await response.body?.cancel();
    if (response.status === 202) return response.headers.get('sovfn-event')!;
    expect([503, 507]).toContain(response.status);
  }
}
