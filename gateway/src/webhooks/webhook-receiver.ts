/**
 * Receives deliveries: verifies each over its raw bytes, makes it a durable event, and says how to answer it.
 *
 * Guarantees: an answer with 2xx means that the event is accepted, or was before, or that the provider wanted none; a
 * delivery with the provider's id of one that was accepted within 72 h runs nothing; the bytes reach the function as they
 * came; a secret that came in a header is neither stored nor passed on.
 * Not guaranteed: that a recorded delivery is refused when its scheme signs neither time nor id (GitHub, Shopify, tokens).
 * Hostile: the delivery, until it is verified; and its content after it.
 */
import { type HeaderBlock, isSovfnError, SovfnError } from '@sovfn/protocol';
import type { EventAcceptor } from '../events/accept/event-acceptor.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { type DeliveryFacts, factsOfDelivery, headersOfEvent } from './delivery-facts.ts';
import type { Delivery, Genuine, Refused } from './scheme.ts';
import type { Acknowledgement, Webhook } from './webhook.ts';

export interface ReceiverOptions {
  readonly secrets: SecretStore;
  readonly acceptor: Pick<EventAcceptor, 'accept'>;
  /** Milliseconds since 1970; default: the clock. */
  readonly now?: () => number;
}

export interface WebhookTarget {
  readonly to: DeployedFunction;
  readonly webhook: Webhook;
}

export interface ReceivedDelivery extends Delivery {
  /** As the function will see it. */
  readonly url: string;
  /** All headers, for the function. */
  readonly block: HeaderBlock;
}

export interface WebhookAnswer extends Acknowledgement {
  /** Null: the delivery asked for an answer only. */
  readonly event: string | null;
  readonly isDuplicate: boolean;
}

const OK = 200;
const REPLY_TYPE = 'text/plain; charset=utf-8';

export class WebhookReceiver {
  readonly #options: ReceiverOptions;
  readonly #now: () => number;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Throws `secret-missing`: such a delivery need not even be read. */
  assertReady({ to, webhook }: WebhookTarget): void {
    const of = { tenant: to.tenant, function: to.name };
    const { secrets } = webhook;
    if (secrets.length > 0 && !secrets.some((name) => this.#options.secrets.has(of, name)))
      throw missingSecret(to, webhook);
  }

  /**
   * Throws `webhook-unverified`; `secret-missing`, `secret-invalid`, `secret-unreadable`, `key-unavailable`; and what the acceptor throws.
   * After any of them nothing was accepted, as far as is known, and the sender may repeat the delivery.
   */
  async receive(target: WebhookTarget, delivery: ReceivedDelivery): Promise<WebhookAnswer> {
    const genuine = await this.#verify(target, delivery);
    if (genuine.reply !== null) return replyOnly(genuine.reply);
    const facts = factsOfDelivery(target.webhook, delivery, genuine);
    const { id, isDuplicate } = await this.#accept(target, delivery, facts);
    const { acknowledgement } = target.webhook;
    return { ...acknowledgement, status: isDuplicate ? OK : acknowledgement.status, event: id, isDuplicate };
  }

  async #verify(target: WebhookTarget, delivery: Delivery): Promise<Genuine> {
    const { scheme, toleranceMs } = target.webhook;
    const secrets = await this.#secretsOf(target);
    const verdict = scheme.verify(delivery, { secrets, now: this.#now(), toleranceMs });
    if (verdict.verdict === 'genuine') return verdict;
    throw verdict.verdict === 'refused' ? unverified(target, verdict) : unusableSecret(target, verdict.rule);
  }

  async #accept(
    { to, webhook }: WebhookTarget,
    { url, block, body }: ReceivedDelivery,
    facts: DeliveryFacts,
  ): Promise<{ id: string; isDuplicate: boolean }> {
    const { name, provider } = webhook;
    const headers = headersOfEvent(webhook, block, facts);
    const source = { name, provider, delivery: facts.id };
    const event = { trigger: 'webhook', method: 'POST', url, headers, webhook: source } as const;
    try {
      return await this.#options.acceptor.accept({ to, facts: event, body, key: facts.key, notBefore: null });
    } catch (error) {
      return duplicateOf(error);
    }
  }

  /** Of all names, the current values and those that are still accepted. */
  async #secretsOf({ to, webhook }: WebhookTarget): Promise<readonly string[]> {
    if (webhook.secrets.length === 0) return [];
    const of = { tenant: to.tenant, function: to.name };
    const now = this.#now();
    const accepted = webhook.secrets.map((name) => this.#options.secrets.accepted(of, name, now));
    const values = (await Promise.all(accepted)).flat();
    if (values.length === 0) throw missingSecret(to, webhook);
    return values;
  }
}

/**
 * A provider's id names one event, whatever else has changed in its repetition (Stripe sends a counter along): the first
 * one counts. Throws any other error on.
 */
function duplicateOf(error: unknown): { id: string; isDuplicate: true } {
  const id = isSovfnError(error) && error.code === 'event-conflict' ? error.facts['event'] : null;
  if (typeof id !== 'string') throw error;
  return { id, isDuplicate: true };
}

function replyOnly(reply: string): WebhookAnswer {
  return { status: OK, contentType: REPLY_TYPE, body: Buffer.from(reply), event: null, isDuplicate: false };
}

function unverified({ to, webhook }: WebhookTarget, { check, reason }: Refused): SovfnError {
  const what = `the delivery to the webhook "${webhook.name}" of "${to.name}" is not accepted: ${reason}`;
  return new SovfnError('webhook-unverified', what, {
    hint: HINTS[check],
    facts: { check, provider: webhook.provider },
  });
}

const HINTS: Readonly<Record<Refused['check'], string>> = {
  header: 'Check that the sender is of the provider that the webhook names, and that no proxy removes headers.',
  timestamp: 'Check the clocks of both sides, and how long the delivery was on its way; "tolerance" can be set.',
  signature: 'Check that both sides have the same secret, and that nothing between them changes the body.',
  credentials: 'Check that both sides have the same secret.',
};

function missingSecret(to: DeployedFunction, { name, secrets }: Webhook): SovfnError {
  const names = secrets.map((secret) => `"${secret}"`).join(' or ');
  return new SovfnError(
    'secret-missing',
    `the webhook "${name}" of "${to.name}" verifies nothing yet: ${names} is not set`,
    {
      hint: `Its owner sets it with: sovfn secrets set ${to.name} ${secrets[0]!}. Then send the delivery again.`,
    },
  );
}

export function unusableSecret({ to, webhook }: WebhookTarget, rule: string): SovfnError {
  const name = webhook.secrets[0]!;
  return new SovfnError(
    'secret-invalid',
    `the secret "${name}" of "${to.name}" is no key of ${webhook.provider}: it ${rule}`,
    {
      hint: `Its owner sets it again with: sovfn secrets set ${to.name} ${name}. Then send the delivery again.`,
    },
  );
}
