import type { Language } from './language.ts';

export const VAT_RATE_NAMES = ['normal', 'intermediate', 'reduced', 'super-reduced'] as const;
export type VatRateName = (typeof VAT_RATE_NAMES)[number];

export interface VatRate {
  readonly name: VatRateName;
  /** 2000 is 20 %. */
  readonly basisPoints: number;
  readonly appliesTo: Readonly<Record<Language, string>>;
}

/** Rates of mainland France. */
export const VAT_RATES: Readonly<Record<VatRateName, VatRate>> = {
  normal: {
    name: 'normal',
    basisPoints: 2_000,
    appliesTo: { fr: 'biens et services sans taux particulier', en: 'goods and services without a rate of their own' },
  },
  intermediate: {
    name: 'intermediate',
    basisPoints: 1_000,
    appliesTo: { fr: 'restauration, transport, travaux de rénovation', en: 'catering, transport, renovation' },
  },
  reduced: {
    name: 'reduced',
    basisPoints: 550,
    appliesTo: { fr: 'alimentation, livres, énergies renouvelables', en: 'food, books, renewable energy' },
  },
  'super-reduced': {
    name: 'super-reduced',
    basisPoints: 210,
    appliesTo: { fr: 'médicaments remboursables, presse', en: 'reimbursed medicines, press' },
  },
};

export function isVatRateName(value: string): value is VatRateName {
  return Object.hasOwn(VAT_RATES, value);
}
