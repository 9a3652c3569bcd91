/** One row of the ledger. */
export interface Entry {
  /** Id of Stripe's event: an event is booked once. */
  readonly event: string;
  /** `2026-11`, by the clocks of Paris. */
  readonly month: string;
  readonly date: string;
  readonly kind: 'paiement' | 'remboursement';
  readonly payment: string;
  readonly customer: string;
  /** With a decimal comma; negative for a refund. */
  readonly amount: string;
  readonly currency: string;
  readonly description: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Currencies that Stripe counts in whole units. */
const WITHOUT_CENTS: ReadonlySet<string> = new Set(['clp', 'jpy', 'krw', 'vnd', 'xaf', 'xof', 'xpf']);
// Swedes write dates as ISO 8601 does.
const PARIS_TIME = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** Null for an event that moves no money. Throws for one that is not as Stripe documents it. */
export function entryOf(json: unknown): Entry | null {
  const event = fieldsOf(json);
  const data = fieldsOf(event['data']);
  const object = fieldsOf(data['object']);
  const moved = movementOf(textOf(event, 'type'), object, data['previous_attributes']);
  if (moved === null) return null;
  const date = PARIS_TIME.format(numberOf(event, 'created') * 1_000);
  const currency = textOf(object, 'currency');
  return {
    event: textOf(event, 'id'),
    month: date.slice(0, 7),
    date,
    kind: moved.kind,
    payment: textOf(object, moved.paymentField),
    customer: customerOf(object),
    amount: amountOf(moved.units, currency),
    currency: currency.toUpperCase(),
    description: typeof object['description'] === 'string' ? object['description'] : '',
  };
}

function movementOf(type: string, object: Fields, previous: unknown) {
  if (type === 'payment_intent.succeeded') {
    return { kind: 'paiement', units: numberOf(object, 'amount_received'), paymentField: 'id' } as const;
  }
  if (type !== 'charge.refunded') return null;
  // `amount_refunded` is the sum of all refunds of the charge so far.
  const before = numberOf(fieldsOf(previous), 'amount_refunded');
  const units = before - numberOf(object, 'amount_refunded');
  return { kind: 'remboursement', units, paymentField: 'payment_intent' } as const;
}

function customerOf(object: Fields): string {
  const { receipt_email: email, customer } = object;
  if (typeof email === 'string') return email;
  return typeof customer === 'string' ? customer : '';
}

function amountOf(units: number, currency: string): string {
  if (WITHOUT_CENTS.has(currency)) return String(units);
  const cents = String(Math.abs(units)).padStart(3, '0');
  return `${units < 0 ? '-' : ''}${cents.slice(0, -2)},${cents.slice(-2)}`;
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null) return value as Fields;
  throw new TypeError(`an object was expected, and not ${JSON.stringify(value)}`);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new TypeError(`"${name}" is ${JSON.stringify(value)} and no text`);
}

function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (Number.isSafeInteger(value)) return value as number;
  throw new TypeError(`"${name}" is ${JSON.stringify(value)} and no whole number`);
}
