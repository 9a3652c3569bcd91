/** `egress` in `sovfn.jsonc`: where a function may reach. */
import { z } from 'zod';

/** `https://host`, with a port where it is not the scheme's own; the host may begin with `*.`. */
const PATTERN = /^(https?:\/\/)(\*\.)?([^/?#@*]+)$/;
/** A star in front of a whole top-level domain is no rule any more. */
const LABELS_BEHIND_A_STAR = 2;

/** What a pattern says; null when it is none. The host is in the form that URLs have: lower case, ASCII. */
export function readEgressPattern(text: string): EgressPattern | null {
  const [, scheme, star, place] = PATTERN.exec(text.endsWith('/') ? text.slice(0, -1) : text) ?? [];
  if (scheme === undefined || place === undefined || !URL.canParse(scheme + place)) return null;
  const { protocol, hostname, port, host } = new URL(scheme + place);
  if (host !== place.toLowerCase() && `${host}:${defaultPort(protocol)}` !== place.toLowerCase()) return null;
  const isBelow = star !== undefined;
  if (isBelow && (hostname.split('.').length < LABELS_BEHIND_A_STAR || !/[a-z]/.test(hostname))) return null;
  return { protocol, hostname, port: port === '' ? defaultPort(protocol) : Number(port), isBelow };
}

export interface EgressPattern {
  /** `http:` or `https:`. */
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  /** Not the host itself, but the names that have one label more. */
  readonly isBelow: boolean;
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80;
}

export const egressOriginSchema = z
  .string()
  .max(512)
  .refine(
    (text) => readEgressPattern(text) !== null,
    'must be an origin such as https://api.insee.fr or https://*.example.org, without a path',
  );

export const MOST_EGRESS_RULES = 200;

export const egressSchema = z
  .array(
    z.union([
      egressOriginSchema,
      z.strictObject({
        origin: egressOriginSchema.describe('As in the short form'),
        countries: z
          .array(z.string().regex(/^[A-Z]{2}$/, 'must be a country such as FR'))
          .min(1)
          .max(250)
          .describe(
            'Countries in which the address must lie, by the database of the node; without one nothing is reached',
          ),
      }),
    ]),
  )
  .max(MOST_EGRESS_RULES);
