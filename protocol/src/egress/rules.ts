/** Where a function may reach: the rules of its `egress`, as whoever connects for it asks them. Pure. */
import { z } from 'zod';
import type { FunctionConfig } from '../config.ts';
import { type EgressPattern, readEgressPattern } from '../config/egress.ts';

export interface EgressRule {
  /** As the rule is written in `sovfn.jsonc`. */
  readonly origin: string;
  /** Null: any. */
  readonly countries: readonly string[] | null;
}

interface CompiledRule extends EgressRule {
  readonly pattern: EgressPattern;
}

export class EgressRules {
  readonly #rules: readonly CompiledRule[];

  /** The rules have been checked at the deploy; one that is no rule allows nothing. */
  constructor(egress: FunctionConfig['egress']) {
    this.#rules = egress.flatMap((written) => {
      const rule = egressRule(written);
      const pattern = readEgressPattern(rule.origin);
      return pattern === null ? [] : [{ ...rule, pattern }];
    });
  }

  /** The first rule that allows the URL; null: none does. A star stands for one label, as in certificates. */
  find(url: URL): EgressRule | null {
    return this.#rules.find(({ pattern }) => isWithin(url, pattern)) ?? null;
  }
}

export function egressRule(written: FunctionConfig['egress'][number]): EgressRule {
  return typeof written === 'string' ? { origin: written, countries: null } : written;
}

/**
 * What `after` may reach that `before` may not, as texts for people: origins that are new, or whose countries are more.
 * Both in the order of `after`.
 */
function addedEgress(before: FunctionConfig['egress'], after: FunctionConfig['egress']): string[] {
  const known = new Map(before.map((written) => [canonical(egressRule(written).origin), egressRule(written)]));
  return after.map(egressRule).flatMap((rule) => {
    const old = known.get(canonical(rule.origin));
    if (old === undefined) return [describeEgress(rule)];
    if (old.countries === null) return [];
    const more = rule.countries?.filter((country) => !old.countries!.includes(country)) ?? null;
    if (more === null) return [describeEgress(rule)];
    return more.length === 0 ? [] : [describeEgress({ ...rule, countries: more })];
  });
}

/** Between two versions; a first one has added all it may reach. */
export const egressChangeSchema = z.strictObject({
  added: z.array(z.string()),
  /** What the version before could reach, and this one cannot. */
  removed: z.array(z.string()),
});
export type EgressChange = z.output<typeof egressChangeSchema>;

export function egressChange(before: FunctionConfig['egress'], after: FunctionConfig['egress']): EgressChange {
  return { added: addedEgress(before, after), removed: addedEgress(after, before) };
}

export function describeEgress({ origin, countries }: EgressRule): string {
  return countries === null ? origin : `${origin} (${countries.join(', ')})`;
}

function isWithin({ protocol, hostname, port }: URL, pattern: EgressPattern): boolean {
  if (protocol !== pattern.protocol) return false;
  if ((port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)) !== pattern.port) return false;
  if (!pattern.isBelow) return hostname === pattern.hostname;
  const dot = hostname.indexOf('.');
  return dot > 0 && hostname.slice(dot + 1) === pattern.hostname;
}

function canonical(origin: string): string {
  return JSON.stringify(readEgressPattern(origin));
}
