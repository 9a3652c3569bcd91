/**
 * Login of a person at an issuer of OpenID Connect: the code flow with PKCE (RFC 7636), with an address of this machine to come
 * back to (RFC 8252).
 *
 * Guarantees: an answer that this login did not ask for is refused (`state`, `nonce`, `iss`); the code is of use to nobody else
 * (`code_verifier`); the browser comes back to the loopback address only; nothing waits longer than WAIT_MS.
 * Not guaranteed: that the ID token is genuine: the gateway verifies it. Hostile: whoever else reaches the address.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { issuerSchema, type LoginOptions, type SovfnError } from '@sovfn/protocol';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { createServer } from '../api/node-http.ts';
import type { CommandContext } from '../context.ts';
import { TranslatedError } from '../translated-error.ts';

const WAIT_MS = 5 * 60_000;
const ANSWER_MS = 15_000;
const LOOPBACK = '127.0.0.1';
const CALLBACK = '/callback';
const RANDOM_BYTES = 32;

const discoverySchema = z.looseObject({
  issuer: z.string(),
  authorization_endpoint: issuerSchema,
  token_endpoint: issuerSchema,
});
const tokenSchema = z.looseObject({ id_token: z.string() });

type Issuer = LoginOptions['issuers'][number];

/** Resolves with the ID token. Throws `login-refused`, `issuer-unavailable`, or the reason of the context's signal. */
export async function logInAtIssuer({ issuer, clientId }: Issuer, context: CommandContext): Promise<string> {
  const { output, say, signal } = context;
  const { authorization_endpoint: start, token_endpoint: exchange } = await discover(issuer, context);
  const [state, nonce, verifier] = [random(), random(), random()];
  await using back = await openCallback(say('login.done'));
  const url = new URL(start);
  const asked = { response_type: 'code', client_id: clientId, redirect_uri: back.url, scope: 'openid', state, nonce };
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  for (const [name, value] of Object.entries({ ...asked, code_challenge: challenge, code_challenge_method: 'S256' })) {
    url.searchParams.set(name, value);
  }
  output.progress(say('login.open', { url: url.href }));
  const answer = await back.answer(state, AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]));
  const told = answer.get('error');
  if (told !== null) throw refused(say('login.issuer-refused', { issuer, reason: told }), context);
  if ((answer.get('iss') ?? issuer) !== issuer) throw refused(say('login.other-issuer', { issuer }), context);
  const body = {
    ...{ grant_type: 'authorization_code', code: answer.get('code') ?? '', redirect_uri: back.url },
    ...{ client_id: clientId, code_verifier: verifier },
  };
  const form = new URLSearchParams(body);
  const { id_token: idToken } = await ask(exchange, tokenSchema, { issuer, form, context });
  if (decodeJwt(idToken)['nonce'] !== nonce) throw refused(say('login.other-login', { issuer }), context);
  return idToken;
}

async function discover(issuer: string, context: CommandContext): Promise<z.output<typeof discoverySchema>> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const told = await ask(url, discoverySchema, { issuer, form: null, context });
  if (told.issuer === issuer) return told;
  throw refused(context.say('login.other-issuer', { issuer }), context);
}

interface Question {
  readonly issuer: string;
  /** Null: GET. */
  readonly form: URLSearchParams | null;
  readonly context: CommandContext;
}

async function ask<T>(url: string, schema: z.ZodType<T>, { issuer, form, context }: Question): Promise<T> {
  const { say, signal } = context;
  try {
    const response = await fetch(url, {
      ...(form === null ? {} : { method: 'POST', body: form }),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const text = await response.text();
    if (response.ok) return schema.parse(JSON.parse(text));
    throw new Error(`${url}: ${response.status} ${text.slice(0, 500)}`);
  } catch (cause) {
    signal.throwIfAborted();
    const reason = (cause as Error).message;
    throw new TranslatedError('issuer-unavailable', say('login.issuer-unavailable', { issuer, reason }), { cause });
  }
}

interface Callback extends AsyncDisposable {
  readonly url: string;
  /** What the browser brings back. Requests with another state are answered 400, and waited on. */
  answer(state: string, signal: AbortSignal): Promise<URLSearchParams>;
}

async function openCallback(done: string): Promise<Callback> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const url = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}${CALLBACK}`;
  return {
    url,
    answer: async (state, signal) => {
      for (;;) {
        const [request, response] = (await once(server, 'request', { signal })) as [IncomingMessage, ServerResponse];
        const { pathname, searchParams } = new URL(request.url!, url);
        const isOurs = request.method === 'GET' && pathname === CALLBACK && searchParams.get('state') === state;
        response.writeHead(isOurs ? 200 : 400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
        response.end(isOurs ? `${done}\n` : '');
        if (isOurs) return searchParams;
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
}

const random = (): string => randomBytes(RANDOM_BYTES).toString('base64url');

function refused(message: string, { say }: CommandContext): SovfnError {
  return new TranslatedError('login-refused', message, { hint: say('login.again') });
}
