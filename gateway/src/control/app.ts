/**
 * The control API: everything that the command line and the console do goes through it.
 *
 * Guarantees: nothing but the OpenAPI document and logins are answered without a known token, not even whether a path exists; every
 * request is checked against its route's schemas before a handler sees it, and every JSON answer before it leaves; every
 * error is `application/problem+json`; an unexpected one tells the client an id and nothing else.
 * Not guaranteed: secrecy on the wire. It speaks plain HTTP and belongs on a private port.
 * Hostile: every request until its token is checked, and all content after it.
 */
import { Router } from '@koa/router';
import Koa from 'koa';
import { LoginBackOff } from '../access/login-back-off.ts';
import type { GatewayContext } from '../context.ts';
import { answerErrors } from './answer-errors.ts';
import { Deployer } from './deploy/deployer.ts';
import { VersionChanges } from './deploy/version-changes.ts';
import { BusWatch } from './logs/bus-watch.ts';
import { makeOpenApi } from './openapi.ts';
import type { ControlContext } from './route.ts';
import { ROUTES } from './routes/index.ts';
import { refuseUnknown, serve } from './serve.ts';
import { Tokens } from './access/tokens.ts';

/** To be served on the control port. Log followers end with the server's connections, all else with its request. */
export function makeControlApp(gateway: GatewayContext): Koa {
  const { tenant, control } = gateway.config;
  const backOff = new LoginBackOff();
  const tokens = new Tokens({
    backOff,
    tenant,
    sha256: control.tokenSha256,
    find: (id) => gateway.tokens.find(id),
    onFailure: (reason, address) => gateway.audit.count({ action: 'loginFailed', details: { reason, address } }),
  });
  const openApi = makeOpenApi(ROUTES);
  const context: ControlContext = {
    ...gateway,
    openApi,
    deployer: new Deployer(gateway),
    versionChanges: new VersionChanges(gateway),
    busWatch: new BusWatch(gateway.connection),
    backOff,
  };
  const router = new Router();
  for (const route of ROUTES) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method], (ctx) => serve(ctx, route, { context, tokens }));
  }
  const app = new Koa();
  // Every error is answered and logged here; what is left is clients that go away, which Koa would print.
  app.silent = true;
  app.use((ctx, next) => answerErrors(ctx, next, gateway.log));
  app.use(router.routes());
  app.use((ctx) => refuseUnknown(ctx, tokens));
  return app;
}
