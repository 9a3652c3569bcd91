import { unpackHeaders } from '@sovfn/protocol';
import type { GatewayContext } from '../../context.ts';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import type { AnswerHead } from '../../calls/streamed-call.ts';

export interface Keeping {
  readonly context: GatewayContext;
  readonly to: DeployedFunction;
  readonly invocation: string;
  readonly startedAt: Date;
}

/** Passes a response's body on and keeps it: the last piece is followed by the end only when the output is durable. */
export async function* keepOutput(
  body: AsyncGenerator<Buffer>,
  head: AnswerHead,
  { context, to, invocation, startedAt }: Keeping,
): AsyncGenerator<Buffer> {
  const { tenant, name, version, target } = to;
  const start = {
    invocation,
    trigger: 'http',
    call: null,
    tenant,
    function: name,
    version,
    zone: target.zone,
    attempt: 1,
    startedAt: startedAt.toISOString(),
  } as const;
  const sink = context.outputs.start(start, to.outputs);
  let isFinished = false;
  try {
    for await (const piece of body) {
      await sink.write(piece);
      yield piece;
    }
    isFinished = true;
    const { node, status } = head;
    const endedAt = new Date().toISOString();
    await sink.finish({ node, status, headers: unpackHeaders(head.headers), outcome: 'ok', endedAt });
  } finally {
    if (!isFinished) await sink.discard();
  }
}
