/** What anybody may know of a platform without a token: where it runs, who runs it, and whose law that is. */
import { z } from 'zod';
import { PROTOCOL_VERSION } from '../version.ts';
import { type Labels, type SignedLabels, signedLabelsSchema } from './labels.ts';
import { countrySchema } from './place.ts';
import { publicJwk, publicJwkSchema } from './signing.ts';

/** On the public port of each gateway. */
export const TRANSPARENCY_PATH = '/.well-known/sovfn/transparency.json';

export const transparencySchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** With it the labels below verify. */
  platform: publicJwkSchema,
  /** Where components are, in order. */
  countries: z.array(countrySchema),
  /** Whoever the labels name besides the platform itself. */
  parties: z.array(
    z.strictObject({
      name: z.string(),
      /** `operator`: runs machines; `provider`: owns them. */
      roles: z.array(z.enum(['operator', 'provider'])).min(1),
      /** Of its machines. */
      countries: z.array(countrySchema).min(1),
      /** Under whose law an operator is; empty: nobody has said so. */
      legalSeats: z.array(countrySchema),
    }),
  ),
  /** Components whose country nobody stated, or that name no operator. */
  undeclared: z.array(z.string()),
  /** Of the gateway that answers, and of each node that it has heard of lately. */
  components: z.array(signedLabelsSchema),
});
export type Transparency = z.output<typeof transparencySchema>;

/** Everything in it follows from the signed labels. */
export function transparencyOf(platformPublicKey: string, components: readonly SignedLabels[]): Transparency {
  const all = components.map(({ labels }) => labels);
  const names = new Set(all.flatMap(({ operator, provider }) => [operator, provider]).filter((name) => name !== null));
  return {
    v: PROTOCOL_VERSION,
    platform: publicJwk(platformPublicKey),
    countries: sorted(all.map(({ country }) => country)),
    parties: sorted(names).map((name) => partyOf(name, all)),
    undeclared: sorted(all.filter(isUndeclared).map(({ name }) => name)),
    components: components.toSorted((a, b) => (a.labels.name < b.labels.name ? -1 : 1)),
  };
}

function partyOf(name: string, all: readonly Labels[]): Transparency['parties'][number] {
  const operated = all.filter(({ operator }) => operator === name);
  const provided = all.filter(({ provider }) => provider === name);
  return {
    name,
    roles: [
      ...(operated.length > 0 ? ['operator' as const] : []),
      ...(provided.length > 0 ? ['provider' as const] : []),
    ],
    countries: sorted([...operated, ...provided].map(({ country }) => country)),
    legalSeats: sorted(operated.map(({ legalSeat }) => legalSeat).filter((seat) => seat !== null)),
  };
}

const isUndeclared = ({ basis, operator }: Labels): boolean => basis === 'assumed' || operator === null;

const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].toSorted();
