import type { SupplierRow } from './make-supplier.ts';

/** Each takes a right row and an earlier one, and returns a row that is wrong in one way. */
const FAULTS: readonly ((row: SupplierRow, earlier: SupplierRow) => SupplierRow)[] = [
  (row) => ({ ...row, siret: otherLastDigit(row.siret) }),
  (row) => ({ ...row, siret: row.siret.slice(0, -1) }),
  (row) => ({ ...row, vat: 'FR00999999999' }),
  (row, earlier) => ({ ...row, vat: earlier.vat === '' ? 'FR83404833048' : earlier.vat }),
  (row) => ({ ...row, vat: 'BE0123456749' }),
  (row) => ({ ...row, iban: otherLastDigit(row.iban) }),
  (row) => ({ ...row, iban: row.iban.slice(0, -2) }),
  (row) => ({ ...row, iban: `ZZ${row.iban.slice(2)}` }),
  (row) => ({ ...row, name: '' }),
  (row) => ({ ...row, outstanding: 'à vérifier' }),
  (row) => ({ ...row, outstanding: `-${row.outstanding}` }),
  (row, earlier) => ({ ...row, siret: earlier.siret, vat: earlier.vat }),
];

export const FAULT_COUNT = FAULTS.length;

export function spoil(row: SupplierRow, earlier: SupplierRow, fault: number): SupplierRow {
  return FAULTS[fault]!(row, earlier);
}

function otherLastDigit(text: string): string {
  return text.slice(0, -1) + String((Number(text.at(-1)) + 1) % 10);
}
