/** The function's response as the answer of the control API, with the platform's facts in its headers. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Readable } from 'node:stream';
import { SovfnError } from '@sovfn/protocol';
import { addAnswerFacts, readFunctionHeaders } from '../../http/response-headers.ts';
import type { Reply } from '../route.ts';
import { ownerProblem } from './call-report.ts';
import type { OwnerCall } from './owner-call.ts';

export function rawReply(call: OwnerCall): Reply {
  const { head, streamed, invocation, to } = call;
  if (!('status' in head)) return { problem: ownerProblem(head, call) };
  const headers = readFunctionHeaders(head.headers).flat;
  const wrong = headers.findIndex((name, at) => at % 2 === 0 && !isHeader(name, headers[at + 1]!));
  if (wrong >= 0) {
    streamed.cancel();
    throw new SovfnError(
      'invalid-response',
      `"${to.name}" answered with the invalid header ${quote(headers[wrong]!)}`,
      {
        hint: 'Header values hold visible characters, spaces and tabs only.',
      },
    );
  }
  const { usage } = streamed;
  addAnswerFacts(headers, {
    invocation,
    shortVersion: to.shortVersion,
    node: head.node,
    zone: to.target.zone,
    outcome: 'ok',
    limit: null,
    cold: head.cold,
    wallMs: usage === null ? null : usage.wallUs / 1_000,
    cpuMs: usage === null ? null : usage.cpuUs / 1_000,
    totalMs: Date.now() - call.startedAt.getTime(),
  });
  return { status: head.status, headers, stream: Readable.from(call.body, { objectMode: false }) };
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 100));
