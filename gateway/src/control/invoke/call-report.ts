/** A call as its owner sees it: as one document, and as a problem when it failed. */
import { isUtf8 } from 'node:buffer';
import {
  errorStatus,
  type FailureDetail,
  type InvokeResponse,
  type JsonBody,
  type Problem,
  PROTOCOL_VERSION,
  SovfnError,
} from '@sovfn/protocol';
import type { CallFailure } from '../../calls/call-handler.ts';
import { metLimit, problemOfFailure } from '../../http/problem.ts';
import { readFunctionHeaders } from '../../http/response-headers.ts';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import type { OwnerCall } from './owner-call.ts';
import { type AnswerHead, CallBrokenOff } from '../../calls/streamed-call.ts';

/** Largest response that fits into a document. Bytes. */
const DOCUMENT_BYTES = 32 * 1024 * 1024;

/** The public's problem with what only the owner is told: the function's own error, with its stack. */
export function ownerProblem(failure: CallFailure, call: OwnerCall): Problem {
  const { message, errorName, stack } = failure.detail;
  const problem = problemOfFailure(failure, call.to, call.invocation);
  const hint = stack === null ? problem.hint : null;
  const detail = errorName === null ? message : `${errorName}: ${message}`;
  return { ...problem, status: errorStatus(failure.code), detail, hint, facts: { errorName, stack } };
}

/** Reads the response to its end. Throws `body-too-large` for one that fits no document; the call is cancelled then. */
export async function reportCall(call: OwnerCall): Promise<InvokeResponse> {
  if (!('status' in call.head)) return report(call, { head: null, body: null, failure: call.head });
  const pieces: Buffer[] = [];
  try {
    await collect(call, pieces);
    return report(call, { head: call.head, body: Buffer.concat(pieces), failure: null });
  } catch (error) {
    if (!(error instanceof CallBrokenOff)) throw error;
    return report(call, { head: call.head, body: Buffer.concat(pieces), failure: error.failure });
  }
}

async function collect(call: OwnerCall, pieces: Buffer[]): Promise<void> {
  let bytes = 0;
  for await (const piece of call.body) {
    bytes += piece.length;
    if (bytes > DOCUMENT_BYTES) {
      throw new SovfnError('body-too-large', `the response has more than ${DOCUMENT_BYTES} bytes`, {
        hint: 'Ask for it as it is, with ?raw=true, or call the function over HTTP.',
        facts: { limit: DOCUMENT_BYTES },
      });
    }
    pieces.push(piece);
  }
}

interface Ending {
  readonly head: AnswerHead | null;
  readonly body: Buffer | null;
  readonly failure: CallFailure | null;
}

function report(call: OwnerCall, { head, body, failure }: Ending): InvokeResponse {
  const { usage } = call.streamed;
  return {
    v: PROTOCOL_VERSION,
    invocation: call.invocation,
    outcome: failure?.outcome ?? 'ok',
    status: head?.status ?? null,
    headers: head === null ? [] : readFunctionHeaders(head.headers).flat,
    body: body === null ? null : encodeBody(body),
    failure: failure === null ? null : withLimit(failure, call.to),
    version: call.to.version,
    zone: call.to.target.zone,
    node: head?.node ?? failure?.runner?.node ?? null,
    cold: head?.cold ?? null,
    cpuMs: usage === null ? null : usage.cpuUs / 1_000,
    wallMs: usage === null ? null : usage.wallUs / 1_000,
  };
}

/** With the limit's value also where the cell was killed, and could not tell it. */
function withLimit(failure: CallFailure, to: DeployedFunction): FailureDetail {
  return { ...failure.detail, limitValue: metLimit(failure, to)?.value ?? failure.detail.limitValue };
}

function encodeBody(bytes: Buffer): JsonBody {
  return isUtf8(bytes)
    ? { encoding: 'utf8', data: bytes.toString('utf8') }
    : { encoding: 'base64', data: bytes.toString('base64') };
}
