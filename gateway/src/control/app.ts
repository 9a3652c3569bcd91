/**
 * The control API: everything that the command line and the console do goes through it. It has two listeners: that of the
 * tenants serves no route of the operator, and gives no token a scope of the operator; that of the operator takes no token
 * that has none.
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
import { isServedAt, type Listener } from './access/route-scopes.ts';
import { Tokens } from './access/tokens.ts';

type Handler = ReturnType<Koa['callback']>;

/** One for each listener. Log followers end with the server's connections, all else with its request. */
export function makeControlHandlers(gateway: GatewayContext): Readonly<Record<Listener, Handler>> {
  const shared = {
    ...gateway,
    deployer: new Deployer(gateway),
    versionChanges: new VersionChanges(gateway),
    busWatch: new BusWatch(gateway.connection),
    backOff: new LoginBackOff(),
  };
  return {
    tenant: makeControlApp('tenant', shared).callback(),
    operator: makeControlApp('operator', shared).callback(),
  };
}

function makeControlApp(listener: Listener, shared: Omit<ControlContext, 'listener' | 'openApi'>): Koa {
  const { tenant, control, operator } = shared.config;
  const tokens = new Tokens({
    backOff: shared.backOff,
    listener,
    tenant,
    sha256: listener === 'tenant' ? control.tokenSha256 : (operator?.tokenSha256 ?? []),
    find: (id) => shared.tokens.find(id),
    onFailure: (reason, address) => shared.audit.count({ action: 'loginFailed', details: { reason, address } }),
  });
  const routes = ROUTES.filter(({ operation }) => isServedAt(listener, operation));
  const context: ControlContext = { ...shared, listener, openApi: makeOpenApi(routes) };
  const router = new Router();
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method], (ctx) => serve(ctx, route, { context, tokens }));
  }
  const app = new Koa();
  // Every error is answered and logged here; what is left is clients that go away, which Koa would print.
  app.silent = true;
  app.use((ctx, next) => answerErrors(ctx, next, shared.log));
  app.use(router.routes());
  app.use((ctx) => refuseUnknown(ctx, tokens));
  return app;
}
