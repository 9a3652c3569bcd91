/** Orders as the shop sends them. Everything of them comes from outside and is checked here, once. */
export interface Order {
  /** Seven digits. */
  readonly number: string;
  readonly recipient: Recipient;
  /** Grams of each parcel. */
  readonly parcels: readonly number[];
}

export interface Recipient {
  readonly name: string;
  readonly address: readonly string[];
  readonly postcode: string;
  readonly town: string;
}

export const MOST_ORDERS = 5;
const MOST_PARCELS = 20;
const HEAVIEST = 30_000;
const LINE_LENGTH = 35;

export type ParsedOrders = { readonly orders: readonly Order[] } | { readonly violations: readonly string[] };

export function parseOrders(value: unknown): ParsedOrders {
  if (!Array.isArray(value) || value.length < 1 || value.length > MOST_ORDERS) {
    return { violations: [`must be a list of 1 to ${MOST_ORDERS} orders`] };
  }
  const violations = value.flatMap((order, index) => violationsOf(order).map((text) => `order ${index + 1}: ${text}`));
  return violations.length > 0 ? { violations } : { orders: value as Order[] };
}

function violationsOf(value: unknown): string[] {
  if (!isRecord(value)) return ['must be an object'];
  const { number, recipient, parcels } = value;
  const found: string[] = [];
  if (typeof number !== 'string' || !/^\d{7}$/.test(number)) found.push('number must be seven digits');
  if (!isParcels(parcels)) found.push(`parcels must be 1 to ${MOST_PARCELS} weights in grams, each 1 to ${HEAVIEST}`);
  return [...found, ...recipientViolations(recipient)];
}

function recipientViolations(value: unknown): string[] {
  if (!isRecord(value)) return ['recipient is missing'];
  const { name, address, postcode, town } = value;
  const found: string[] = [];
  if (!isLine(name)) found.push(`recipient.name must have 1 to ${LINE_LENGTH} characters`);
  if (!isLine(town)) found.push(`recipient.town must have 1 to ${LINE_LENGTH} characters`);
  if (typeof postcode !== 'string' || !/^\d{5}$/.test(postcode)) found.push('recipient.postcode must be five digits');
  const isAddress = Array.isArray(address) && address.length >= 1 && address.length <= 3 && address.every(isLine);
  if (!isAddress) found.push(`recipient.address must be 1 to 3 lines of 1 to ${LINE_LENGTH} characters`);
  return found;
}

function isParcels(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 1 || value.length > MOST_PARCELS) return false;
  return value.every((grams) => Number.isInteger(grams) && grams >= 1 && grams <= HEAVIEST);
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= LINE_LENGTH && !/\p{Cc}/u.test(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
