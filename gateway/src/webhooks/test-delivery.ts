/**
 * A delivery that the platform signs itself, as the webhook's provider would, and receives as every other: whoever asks for
 * it never learns the secret. It makes a real event of the function.
 */
import { randomUUID } from 'node:crypto';
import { packHeaders, SovfnError, type TestDeliveryRequest } from '@sovfn/protocol';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { addressOf, unknownWebhook } from './webhook-address.ts';
import { unusableSecret, type WebhookAnswer, type WebhookReceiver, type WebhookTarget } from './webhook-receiver.ts';

export interface TestDeliveryOptions {
  readonly to: DeployedFunction;
  readonly name: string;
  /** Host and port of the public address. */
  readonly host: string;
  readonly secrets: SecretStore;
  readonly receiver: WebhookReceiver;
}

export interface SentDelivery {
  readonly answer: WebhookAnswer;
  /** Where the provider would send it. */
  readonly url: string;
}

type TestDelivery = Omit<TestDeliveryRequest, 'v' | 'body'> & { readonly body: Buffer };

/**
 * Throws `webhook-not-found`, `bad-request` for another provider than the webhook's, `body-too-large`, and as
 * `WebhookReceiver.receive`.
 */
export async function sendTestDelivery(delivery: TestDelivery, options: TestDeliveryOptions): Promise<SentDelivery> {
  const { to, name, host, receiver } = options;
  const webhook = to.webhooks.get(name);
  if (webhook === undefined) throw unknownWebhook(to, name);
  const target = { to, webhook };
  assertFits(target, delivery);
  receiver.assertReady(target);
  const { body } = delivery;
  const headers = await signedHeaders(target, delivery, options);
  const { url, basePath } = addressOf(to, webhook, host, '');
  const block = packHeaders(['host', host, ...Object.entries(headers).flat(), 'sovfn-base-path', basePath]);
  const answer = await receiver.receive(target, { headers, block, url, body });
  return { answer, url: `http://${host}${basePath}/${name}` };
}

function assertFits({ to, webhook }: WebhookTarget, { provider, body }: TestDelivery): void {
  if (provider !== null && provider !== webhook.provider) {
    throw new SovfnError(
      'bad-request',
      `the webhook "${webhook.name}" of "${to.name}" is of the provider "${webhook.provider}", not "${provider}"`,
      { hint: 'Leave the provider out, or deploy the function with the other one.' },
    );
  }
  if (body.length <= to.bodyBytes) return;
  throw new SovfnError(
    'body-too-large',
    `the delivery has ${body.length} bytes; "${to.name}" takes at most ${to.bodyBytes}`,
    { hint: 'Raise limits.bodyMb in sovfn.jsonc.' },
  );
}

/** Signed with the first secret that is set: the current value, never one that is on its way out. */
async function signedHeaders(
  target: WebhookTarget,
  { body, contentType, id, type }: TestDelivery,
  { secrets }: TestDeliveryOptions,
): Promise<Record<string, string>> {
  const { to, webhook } = target;
  const of = { tenant: to.tenant, function: to.name };
  const values = await Promise.all(webhook.secrets.map((name) => secrets.current(of, name)));
  const secret = values.find(({ value }) => value !== null)?.value ?? '';
  const delivery = id ?? `test_${randomUUID()}`;
  const signed = webhook.scheme.sign({ body, secret, id: delivery, type, now: Date.now() });
  if ('verdict' in signed) throw unusableSecret(target, signed.rule);
  return {
    'content-type': contentType,
    ...(webhook.idHeader === null ? {} : { [webhook.idHeader]: delivery }),
    ...(webhook.typeHeader === null || type === null ? {} : { [webhook.typeHeader]: type }),
    ...signed,
  };
}
