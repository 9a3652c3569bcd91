import { randomUUID } from 'node:crypto';
import { isSovfnError, SovfnError } from '@sovfn/protocol';
import type { Context, Next } from 'koa';
import { problemOfError } from '../http/problem.ts';
import { sendProblem } from '../http/respond.ts';
import type { Log } from '../logger.ts';
import { logRequestFailed } from './events.ts';

/** Turns whatever a request ended in into a problem, unless the client has gone away. Of an unexpected error the client learns only the id in the log. */
export async function answerErrors(ctx: Context, next: Next, log: Log): Promise<void> {
  try {
    await next();
  } catch (error) {
    ctx.respond = false;
    if (ctx.res.destroyed) return;
    if (ctx.res.headersSent) return void ctx.res.destroy();
    const known = isSovfnError(error) ? error : unexpected(error, ctx, log);
    sendProblem(ctx.req, ctx.res, problemOfError(known, null), challenge(known));
  }
}

function unexpected(error: unknown, ctx: Context, log: Log): SovfnError {
  const errorId = randomUUID();
  logRequestFailed(log, { errorId, request: `${ctx.method} ${ctx.path}`, error });
  return new SovfnError('internal-error', `the request failed inside the gateway (error ${errorId})`, {
    hint: "The operator finds the reason in the gateway's log under this id.",
    facts: { errorId },
  });
}

/** RFC 9110 § 15.5.2: a 401 says how to authenticate. */
function challenge(error: SovfnError): string[] {
  return error.code === 'unauthorized' || error.code === 'token-expired'
    ? ['www-authenticate', 'Bearer realm="sovfn"']
    : [];
}
