/** An issuer of OpenID Connect on this machine, with its own pages for logging in, and a browser that fills them in. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface OidcIssuer extends AsyncDisposable {
  readonly url: string;
}

/** One client, as a command line is one: without a secret, with PKCE, back to any port of the loopback address. */
export async function startOidcIssuer(clientId: string): Promise<OidcIssuer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: clientId,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['of a test'] },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Logs in as `account` and agrees, wherever the pages lead. Resolves with the address to which the browser comes back at last. */
export async function logInByBrowser(start: string, account: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  let form: URLSearchParams | null = null;
  for (;;) {
    if (url.pathname === '/callback') return url;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const init: RequestInit = { redirect: 'manual', headers: { cookie } };
    const response: Response = await fetch(url, form === null ? init : { ...init, method: 'POST', body: form });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '') cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    const page = await response.text();
    const next = response.headers.get('location');
    if (next === null) {
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      if (prompt === undefined) throw new Error(`${url.href}: ${response.status} ${page.slice(0, 500)}`);
      url = new URL(/<form[^>]* action="([^"]+)"/.exec(page)![1]!, url);
      form = new URLSearchParams(prompt === 'login' ? { prompt, login: account, password: 'x' } : { prompt });
    } else {
      url = new URL(next, url);
      form = null;
    }
  }
}
