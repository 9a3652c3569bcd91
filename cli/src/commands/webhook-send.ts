import { type JsonBody, PROTOCOL_VERSION, WEBHOOK_PROVIDERS, type WebhookProvider } from '@sovfn/protocol';
import { isUtf8 } from 'node:buffer';
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readNamedBytes } from '../read-named-file.ts';
import { nearest, usageError } from '../usage-errors.ts';

const DEFAULT_TYPE = 'application/json';
const STDIN = '-';

export const webhookSend = defineCommand({
  examples: [
    'webhook send ledger stripe --provider stripe --file event.json',
    'webhook send deploys github --type push --file push.json --id 72d3162e-cc78-11e3-81ab-4c9367dc0958',
  ],
  args: {
    file: { type: 'string', short: 'f', value: 'file|-', summary: 'webhook.file' },
    provider: { type: 'string', value: 'name', choices: WEBHOOK_PROVIDERS, summary: 'webhook.provider' },
    type: { type: 'string', value: 'type', summary: 'webhook.type' },
    id: { type: 'string', value: 'id', summary: 'webhook.id' },
    'content-type': { type: 'string', value: 'type', summary: 'webhook.content-type' },
  },
  positionals: { function: { summary: 'argument.function' }, name: { summary: 'webhook.name' } },
  async handler({ function: owner, name, file, provider, type, id, 'content-type': contentType }, context) {
    const { connect, output, say, json } = context;
    const client = await connect();
    const answer = await client.sendWebhook(owner, name, {
      v: PROTOCOL_VERSION,
      provider: provider === null ? null : parseProvider(provider, context),
      body: await readBody(file, context),
      contentType: contentType ?? DEFAULT_TYPE,
      id,
      type,
    });
    if (json) output.json(answer);
    else {
      const { status, event, isDuplicate, url } = answer;
      const facts = event === null ? say('webhook.no-event') : event;
      output.result(`${output.paint.green(`✔ ${status}`)} ${facts}  →  ${url}`);
      if (isDuplicate) output.progress(say('webhook.duplicate'));
    }
    return EXIT.ok;
  },
});

function parseProvider(written: string, { say }: CommandContext): WebhookProvider {
  const known = WEBHOOK_PROVIDERS.find((provider) => provider === written);
  if (known !== undefined) return known;
  const near = nearest(written, WEBHOOK_PROVIDERS);
  const hint =
    near === null
      ? say('webhook.providers', { list: WEBHOOK_PROVIDERS.join(', ') })
      : say('usage.did-you-mean', { name: near });
  throw usageError(say('webhook.unknown-provider', { provider: written }), hint);
}

async function readBody(file: string | null, context: CommandContext): Promise<JsonBody> {
  const { say } = context;
  if (file === null) throw usageError(say('webhook.no-file'), say('webhook.no-file.hint'));
  const { stdin, signal } = context;
  const bytes = file === STDIN ? await buffer(addAbortSignal(signal, stdin)) : await readNamedBytes(file, context);
  return isUtf8(bytes)
    ? { encoding: 'utf8', data: bytes.toString('utf8') }
    : { encoding: 'base64', data: bytes.toString('base64') };
}
