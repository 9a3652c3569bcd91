/**
 * Makes the supplier files in `input/`: always the same text for the same options. Every name and number is made up; the
 * numbers have right keys, so one may belong to a real company by chance.
 */
import { Draw } from './draw.ts';
import { FAULT_COUNT, spoil } from './faults.ts';
import { makeSupplier } from './make-supplier.ts';
import { writeRow, type FileFormat } from './write-row.ts';

export interface SupplierFile {
  readonly text: string;
  readonly rows: number;
  /** Rows that are wrong in one way each. */
  readonly faulty: number;
}

interface SupplierFileOptions {
  readonly rows: number;
  readonly seed: number;
  readonly format: FileFormat;
}

/** One row in so many is wrong. */
const FAULT_EVERY = 16;

const HEADER = ['Code', 'Raison sociale', 'SIRET', 'TVA', 'IBAN', 'Encours', 'Ville'];

export function makeSupplierFile({ rows, seed, format }: SupplierFileOptions): SupplierFile {
  const draw = new Draw(seed);
  let text = writeRow(HEADER, format);
  let faulty = 0;
  let earlier = makeSupplier(draw, 0);
  for (let i = 1; i <= rows; i += 1) {
    const right = makeSupplier(draw, i);
    const isFaulty = i % FAULT_EVERY === 0;
    const row = isFaulty ? spoil(right, earlier, faulty % FAULT_COUNT) : right;
    text += writeRow([row.code, row.name, row.siret, row.vat, row.iban, row.outstanding, row.town], format);
    if (isFaulty) faulty += 1;
    else earlier = row;
  }
  return { text, rows, faulty };
}
