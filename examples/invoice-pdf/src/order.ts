/** An order as it must be to make a French invoice of it. Everything of it comes from outside and is checked here, once. */
import * as z from 'zod/mini';
import { en } from 'zod/locales';
import { unprintableCharacter, withPrintableForms } from './printable.ts';
import type { Violation } from './problem.ts';

// `jitless`: an isolate refuses code made from strings, which zod would otherwise try first.
z.config({ ...en(), jitless: true });

const MAX_LINES = 500;
const MAX_QUANTITY = 100_000;
const MAX_PRICE_CENTS = 99_999_999;
/** What the column of line totals has room for. */
const MAX_LINE_CENTS = 9_999_999_999;
const MAX_CAPITAL_CENTS = 1_000_000_000_000;

const text = (maxLength: number) =>
  z.string().check(
    z.overwrite(withPrintableForms),
    z.trim(),
    z.minLength(1),
    z.maxLength(maxLength),
    z.refine((value) => unprintableCharacter(value) === null, { error: (issue) => unprintable(String(issue.input)) }),
  );

const optionalText = (maxLength: number) => z._default(z.nullable(text(maxLength)), null);
const percent = z.number().check(z.minimum(0), z.maximum(100), z.multipleOf(0.01));
const NOT_ITS_SIREN = 'Must hold the SIREN, the first nine digits of the SIRET';
const siret = z.string().check(z.regex(/^\d{14}$/, 'Must be 14 digits'));
const vatNumber = z.string().check(z.regex(/^[A-Z]{2}[0-9A-Z]{2,12}$/, 'Must be a VAT number without spaces'));

const sellerSchema = z.strictObject({
  name: text(60),
  legalForm: text(20),
  capitalCents: z.int().check(z.minimum(0), z.maximum(MAX_CAPITAL_CENTS)),
  /** Town of the trade register (RCS). */
  register: text(40),
  address: z.array(text(60)).check(z.minLength(1), z.maxLength(4)),
  siret,
  vatNumber,
  email: text(60),
  phone: text(20),
  iban: z.string().check(z.regex(/^[A-Z]{2}\d{2}[0-9A-Z]{11,30}$/, 'Must be an IBAN without spaces')),
  bic: z.string().check(z.regex(/^[0-9A-Z]{8}(?:[0-9A-Z]{3})?$/, 'Must be a BIC of 8 or 11 characters')),
});

const buyerSchema = z.strictObject({
  name: text(60),
  address: z.array(text(60)).check(z.minLength(1), z.maxLength(4)),
  siret,
  vatNumber: z._default(z.nullable(vatNumber), null),
  /** Where it was delivered, when that is not the address. */
  deliveryAddress: z._default(z.nullable(z.array(text(60)).check(z.minLength(1), z.maxLength(5))), null),
});

const lineSchema = z
  .strictObject({
    reference: optionalText(14),
    description: text(400),
    quantity: z.number().check(z.minimum(0), z.maximum(MAX_QUANTITY), z.multipleOf(0.001)),
    unit: optionalText(8),
    unitPriceCents: z.int().check(z.minimum(0), z.maximum(MAX_PRICE_CENTS)),
    discountPercent: z._default(percent, 0),
    vatPercent: z.literal([20, 10, 5.5, 2.1]),
  })
  .check(
    z.refine((line) => line.quantity * line.unitPriceCents <= MAX_LINE_CENTS, {
      error: `Quantity times price must be at most ${MAX_LINE_CENTS} cents`,
    }),
  );

const orderSchema = z
  .strictObject({
    number: z.string().check(z.regex(/^[0-9A-Z][0-9A-Z-]{0,19}$/, 'Must be 1–20 of A–Z, 0–9 and -')),
    issuedOn: z.iso.date(),
    deliveredOn: z.iso.date(),
    dueOn: z.iso.date(),
    orderReference: optionalText(20),
    operation: z.enum(['goods', 'services', 'mixed']),
    /** The seller opted to owe VAT when it invoices rather than when it is paid. */
    vatOnDebits: z._default(z.boolean(), false),
    seller: sellerSchema,
    buyer: buyerSchema,
    lines: z.array(lineSchema).check(z.minLength(1), z.maxLength(MAX_LINES)),
    payment: z.strictObject({
      /** Yearly rate of late penalties; null for the one that the law sets. */
      latePenaltyPercent: z._default(z.nullable(percent), null),
      earlyPayment: z._default(z.nullable(z.strictObject({ days: z.int(), discountPercent: percent })), null),
    }),
  })
  .check(
    z.refine((order) => order.dueOn >= order.issuedOn, { path: ['dueOn'], error: 'Must not be before issuedOn' }),
    z.refine((order) => sameCompany(order.seller), { path: ['seller', 'vatNumber'], error: NOT_ITS_SIREN }),
    z.refine((order) => sameCompany(order.buyer), { path: ['buyer', 'vatNumber'], error: NOT_ITS_SIREN }),
  );

export type Order = z.output<typeof orderSchema>;
export type Seller = Order['seller'];
export type Buyer = Order['buyer'];
export type OrderLine = Order['lines'][number];

export type ParsedOrder = { readonly order: Order } | { readonly violations: readonly Violation[] };

export function parseOrder(value: unknown): ParsedOrder {
  const parsed = orderSchema.safeParse(value);
  if (parsed.success) return { order: parsed.data };
  const violations = parsed.error.issues.map(({ path, message }) => {
    return { pointer: ['#', ...path.map(String)].join('/'), detail: message };
  });
  return { violations };
}

/** A French VAT number is `FR`, a key of two characters and the SIREN. Those of other countries are not compared. */
function sameCompany(company: { readonly siret: string; readonly vatNumber: string | null }): boolean {
  const { siret, vatNumber } = company;
  return vatNumber === null || !vatNumber.startsWith('FR') || vatNumber.slice(4) === siret.slice(0, 9);
}

function unprintable(value: string): string {
  const character = unprintableCharacter(value) ?? '';
  const codePoint = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
  const shown = /\p{C}/u.test(character) ? '' : `"${character}" `;
  return `Holds ${shown}(U+${codePoint}); an invoice prints the characters of Western European languages only`;
}
