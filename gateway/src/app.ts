import type { RequestListener } from 'node:http';
import { SovfnError, TRANSPARENCY_PATH } from '@sovfn/protocol';
import Koa from 'koa';
import { PLATFORM_PREFIX } from './events/async/event-address.ts';
import type { EventPages } from './events/async/event-pages.ts';
import { problemOfError } from './http/problem.ts';
import type { PublicEdge } from './http/public-edge.ts';
import { sendProblem } from './http/respond.ts';
import type { TransparencyPage } from './transparency/transparency-page.ts';

/** Pages of the platform itself. */
export interface PlatformPages {
  readonly events: EventPages;
  readonly transparency: TransparencyPage;
}

/**
 * What answers on the public port. A call of a function is recognised first and handled on Node's own request and
 * response, because Koa's context costs a call several microseconds and gives it nothing; everything else is Koa's.
 */
export function makePublicHandler(
  edge: PublicEdge,
  pages: PlatformPages,
  onError: (error: unknown) => void,
): RequestListener {
  const others = makePublicApp(pages, onError).callback();
  return (request, response) => {
    if (!edge.handle(request, response)) void others(request, response);
  };
}

/** Pages of the platform itself, and the answer that there is nothing else. */
function makePublicApp({ events, transparency }: PlatformPages, onError: (error: unknown) => void): Koa {
  const app = new Koa();
  app.on('error', (error: NodeJS.ErrnoException) => {
    if (!isDeparture(error)) onError(error);
  });
  app.use(async (ctx) => {
    ctx.respond = false;
    if (ctx.path.startsWith(PLATFORM_PREFIX)) return events.answer(ctx.req, ctx.res, ctx.path);
    if (ctx.path === TRANSPARENCY_PATH) return transparency.answer(ctx.req, ctx.res);
    sendProblem(ctx.req, ctx.res, problemOfError(nothingHere(ctx.path), null));
  });
  return app;
}

/** The client has cut the connection: its exchange notices that itself. */
function isDeparture(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function nothingHere(path: string): SovfnError {
  return new SovfnError('not-found', `nothing answers at ${JSON.stringify(path.slice(0, 200))}`, {
    hint: 'Functions answer under /fn/<function>/ and on the routes of their sovfn.jsonc.',
  });
}
