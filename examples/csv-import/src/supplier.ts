/** One row of the file: its values in a common form, or the reasons (in French, for those who mend the file) against it. */
import type { Column } from './columns.ts';
import { parseCents, writeCents } from './identifiers/amount.ts';
import { isFrenchVatNumber } from './identifiers/french-vat-number.ts';
import { ibanFault, type IbanFault } from './identifiers/iban.ts';
import { isSiret } from './identifiers/siret.ts';

export interface Supplier {
  readonly code: string;
  readonly raison_sociale: string;
  readonly siret: string;
  /** Empty for companies that owe no VAT. */
  readonly tva: string;
  readonly iban: string;
  readonly encours: string;
}

export interface CheckedSupplier {
  readonly supplier: Supplier;
  /** Zero when it cannot be read. */
  readonly outstandingCents: number;
  readonly reasons: readonly string[];
}

const MAX_NAME_LENGTH = 100;

const IBAN_REASONS: Readonly<Record<IbanFault, string>> = {
  form: 'IBAN : forme inconnue',
  country: 'IBAN : pays inconnu',
  length: 'IBAN : longueur fausse pour le pays',
  key: 'IBAN : clé fausse',
};

export function checkSupplier(row: Readonly<Record<Column, string>>): CheckedSupplier {
  const outstandingCents = parseCents(row.encours.trim());
  const supplier: Supplier = {
    code: row.code.trim(),
    raison_sociale: row.raison_sociale.trim().replaceAll(/\s+/g, ' '),
    siret: compact(row.siret),
    tva: compact(row.tva),
    iban: compact(row.iban),
    encours: outstandingCents === null ? row.encours.trim() : writeCents(outstandingCents),
  };
  const reasons = [
    ...nameReasons(supplier),
    ...siretReasons(supplier.siret),
    ...vatReasons(supplier),
    ...ibanReasons(supplier.iban),
    ...amountReasons(outstandingCents),
  ];
  return { supplier, outstandingCents: outstandingCents ?? 0, reasons };
}

/** Numbers are written with spaces, dots or hyphens, and in small letters too. */
function compact(value: string): string {
  return value.replaceAll(/[\s.-]/g, '').toUpperCase();
}

function nameReasons({ code, raison_sociale }: Supplier): string[] {
  const reasons: string[] = [];
  if (code === '') reasons.push('code : vide');
  if (raison_sociale === '') reasons.push('raison sociale : vide');
  if (raison_sociale.length > MAX_NAME_LENGTH) reasons.push(`raison sociale : plus de ${MAX_NAME_LENGTH} caractères`);
  if (raison_sociale.includes('\ufffd')) reasons.push('raison sociale : caractère perdu à l’export');
  return reasons;
}

function siretReasons(siret: string): string[] {
  if (siret === '') return ['SIRET : vide'];
  if (!/^\d{14}$/.test(siret)) return ['SIRET : 14 chiffres attendus'];
  return isSiret(siret) ? [] : ['SIRET : clé fausse'];
}

function vatReasons({ tva, siret }: Supplier): string[] {
  if (tva === '') return [];
  if (!tva.startsWith('FR')) return ['TVA : numéro français attendu'];
  if (!isFrenchVatNumber(tva)) return ['TVA : clé ou forme fausse'];
  return tva.slice(4) === siret.slice(0, 9) ? [] : ['TVA : autre entreprise que le SIRET'];
}

function ibanReasons(iban: string): string[] {
  if (iban === '') return ['IBAN : vide'];
  const fault = ibanFault(iban);
  return fault === null ? [] : [IBAN_REASONS[fault]];
}

function amountReasons(cents: number | null): string[] {
  if (cents === null) return ['encours : montant illisible'];
  return cents < 0 ? ['encours : montant négatif'] : [];
}
