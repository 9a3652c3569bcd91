import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { text } from 'node:stream/consumers';
import { addAbortSignal } from 'node:stream';
import { ControlClient } from '../api/control-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatTime } from '../format.ts';
import { recordLogin } from '../platform/current.ts';
import { readNamedFile } from '../read-named-file.ts';
import { usageError } from '../usage-errors.ts';

const STDIN = '-';

export const login = defineCommand({
  examples: [
    'login https://sovfn.example.fr:8081',
    'login https://sovfn.example.fr:8081 --id-token job-token --rule shop',
    'login https://sovfn.example.fr:8081 --id-token -',
  ],
  args: {
    'id-token': { type: 'string', value: 'file|-', summary: 'login.id-token' },
    operator: { type: 'string', value: 'url', summary: 'login.operator' },
    issuer: { type: 'string', value: 'url', summary: 'login.issuer' },
    rule: { type: 'string', value: 'name', summary: 'login.rule' },
  },
  positionals: { url: { summary: 'login.url' } },
  async handler({ url: written, 'id-token': file, operator, issuer, rule }, context) {
    const { output, say, json, env } = context;
    const url = readUrl(written, context);
    const operatorUrl = operator === null ? null : readUrl(operator, context);
    const client = new ControlClient({ url, token: '', say, signal: context.signal });
    const idToken = file === null ? await logInAsPerson(client, issuer, context) : await readIdToken(file, context);
    const { token, secret } = await client.access.logIn({ v: PROTOCOL_VERSION, idToken, rule });
    const at = operatorUrl === null ? {} : { operatorUrl: operatorUrl.href };
    await recordLogin({ url: url.href, token: secret, ...at }, env);
    if (json) output.json({ v: PROTOCOL_VERSION, url: url.href, token });
    else {
      const what = { name: token.name, tenant: token.tenant, until: formatTime(token.expiresAt!) };
      output.result(`${output.paint.green('✔')} ${say('login.logged-in', what)}`);
    }
    return EXIT.ok;
  },
});

function readUrl(written: string, { say }: CommandContext): URL {
  const url = URL.parse(written);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw usageError(say('platform.bad-url', { name: 'url', url: written }), say('platform.bad-url.hint'));
}

async function readIdToken(file: string, context: CommandContext): Promise<string> {
  const { stdin, signal } = context;
  const read = file === STDIN ? await text(addAbortSignal(signal, stdin)) : await readNamedFile(file, context);
  return read.trim();
}

async function logInAsPerson(client: ControlClient, named: string | null, context: CommandContext): Promise<string> {
  const { say } = context;
  const { issuers } = await client.access.loginOptions();
  const fitting = issuers.filter(({ issuer }) => named === null || issuer === named);
  const [chosen, ...others] = fitting;
  const list = issuers.map(({ issuer }) => issuer).join(', ') || '–';
  if (chosen === undefined) throw usageError(say('login.no-issuer'), say('login.issuers', { list }));
  if (others.length > 0) throw usageError(say('login.several'), say('login.issuers', { list }));
  const { logInAtIssuer } = await import('../login/issuer-login.ts');
  return logInAtIssuer(chosen, context);
}
