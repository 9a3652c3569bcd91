/**
 * One request of the control API, from its token to its answer. The answer is written here and not by Koa, which knows
 * neither problems nor a request whose body is still on its way.
 */
import type { RouterContext } from '@koa/router';
import { isSovfnError, OPENAPI_PATH, SovfnError } from '@sovfn/protocol';
import type { Context } from 'koa';
import { sendProblem } from '../http/respond.ts';
import { logStreamBroken } from './events.ts';
import { sendJson, sendStream } from './reply.ts';
import { parseParts, readJson } from './json-body.ts';
import type { AnyRoute, ControlContext, Reply, RouteRequest, StreamReply } from './route.ts';
import { assertAllowed } from './access/admission.ts';
import { noteFailure, noteRequest } from './access/request-entry.ts';
import { ROUTE_SCOPES } from './access/route-scopes.ts';
import type { TokenGrant, Tokens } from './access/tokens.ts';

/** With the time for which what is known of a token is fresh, less than the five seconds that are promised. */
const LOOK_AGAIN_MS = 2_500;

interface Surroundings {
  readonly context: ControlContext;
  readonly tokens: Tokens;
}

export async function serve(ctx: RouterContext, route: AnyRoute, { context, tokens }: Surroundings): Promise<void> {
  const isPublic = ROUTE_SCOPES[route.operation] === 'public';
  const grant = isPublic ? strangersGrant(context) : await authenticate(ctx, tokens);
  if (ctx.method !== route.method.toUpperCase()) throw methodNotAllowed(ctx);
  admit(grant, route, ctx.params.name, context);
  const request = await readRequest(ctx, route, grant);
  const reply = await handle(route, request, context);
  ctx.respond = false;
  if ('problem' in reply) sendProblem(ctx.req, ctx.res, reply.problem);
  else if ('json' in reply) sendJson(ctx.res, checkAnswer(route, reply.json));
  else await serveStream(ctx, reply, grant, context);
}

/** Throws `forbidden`, and says so in the audit log. */
function admit(grant: TokenGrant, route: AnyRoute, name: string | undefined, { audit }: ControlContext): void {
  try {
    assertAllowed(grant, route, name);
  } catch (error) {
    const { tenant, actor } = grant;
    audit.count({ action: 'accessRefused', tenant, actor, details: { operation: route.operation } });
    throw error;
  }
}

/** With an entry in the audit log before it, where the route asks for one. */
async function handle(
  route: AnyRoute,
  request: RouteRequest<unknown, unknown, unknown>,
  context: ControlContext,
): Promise<Reply> {
  const noted = await noteRequest(context.audit, route, request);
  try {
    return await route.handle(request as RouteRequest<never, never, never>, context);
  } catch (error) {
    const code = isSovfnError(error) ? error.code : 'internal-error';
    if (noted !== null) noteFailure(context.audit, request, noted, code);
    throw error;
  }
}

/** What no route takes. A stranger does not learn that the path is unknown. */
export async function refuseUnknown(ctx: Context, tokens: Tokens): Promise<never> {
  await authenticate(ctx, tokens);
  const matched = (ctx as Partial<RouterContext>).matched ?? [];
  if (matched.length > 0) throw methodNotAllowed(ctx);
  throw new SovfnError('not-found', `the control API has nothing at ${ctx.path}`, {
    hint: `GET ${OPENAPI_PATH} lists everything.`,
    facts: { describedBy: OPENAPI_PATH },
  });
}

async function authenticate(ctx: Context, tokens: Tokens): Promise<TokenGrant> {
  return tokens.authenticate(ctx.get('authorization'), addressOf(ctx));
}

function addressOf(ctx: Context): string {
  return ctx.req.socket.remoteAddress ?? '';
}

function strangersGrant({ config }: ControlContext): TokenGrant {
  return { tenant: config.tenant, function: null, scopes: new Set(), actor: 'nobody', isStillValid: async () => true };
}

async function readRequest(
  ctx: RouterContext,
  route: AnyRoute,
  grant: TokenGrant,
): Promise<RouteRequest<unknown, unknown, unknown>> {
  const { params, query, body } = route;
  return {
    params: parseParts(ctx.params, params, 'the path'),
    query: parseParts({ ...ctx.query }, query, 'the query'),
    body: body === null ? null : await readJson(ctx.req, ctx.res, body),
    tenant: grant.tenant,
    grant,
    address: addressOf(ctx),
    signal: abortedWithClient(ctx),
  };
}

function abortedWithClient(ctx: Context): AbortSignal {
  const controller = new AbortController();
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) controller.abort();
  });
  if (ctx.res.closed) controller.abort();
  return controller.signal;
}

/** The schema is strict: an answer that says more than the document describes is a fault, not a surprise. */
function checkAnswer(route: AnyRoute, value: unknown): unknown {
  const schemas = route.answers.filter((answer) => answer.kind === 'json').map((answer) => answer.schema);
  return schemas[0]!.parse(value);
}

/** Ends the answer when the token is revoked or has expired meanwhile, or what allowed it has ended. */
async function serveStream(
  ctx: Context,
  reply: StreamReply,
  grant: TokenGrant,
  { log }: ControlContext,
): Promise<void> {
  const timer = setInterval(() => void endIfRevoked(reply, grant), LOOK_AGAIN_MS);
  try {
    await sendStream(ctx.req, ctx.res, reply);
  } catch (error) {
    logStreamBroken(log, { request: `${ctx.method} ${ctx.path}`, error });
  } finally {
    clearInterval(timer);
  }
}

/** While the bus cannot be asked, it has nothing to stream either. */
async function endIfRevoked({ stream, isStillAllowed }: StreamReply, grant: TokenGrant): Promise<void> {
  const stillHolds = async (ask: () => Promise<boolean>): Promise<boolean> => ask().catch(() => true);
  const isValid = await stillHolds(grant.isStillValid);
  const isAllowed = isStillAllowed === undefined || (await stillHolds(isStillAllowed));
  if (!isValid || !isAllowed) stream.destroy();
}

function methodNotAllowed(ctx: Context): SovfnError {
  return new SovfnError('method-not-allowed', `${ctx.method} is not possible at ${ctx.path}`, {
    hint: `GET ${OPENAPI_PATH} lists what is.`,
    facts: { describedBy: OPENAPI_PATH },
  });
}
