import { makeSupplierFile, type SupplierFile } from './supplier-file.ts';

interface ShippedFile extends SupplierFile {
  readonly name: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

const utf8File = makeSupplierFile({ rows: 4_000, seed: 20_261_124, format: { delimiter: ';', lineEnd: '\r\n' } });
const latin1File = makeSupplierFile({ rows: 160, seed: 19_880_519, format: { delimiter: ',', lineEnd: '\n' } });

export const SHIPPED_FILES: readonly ShippedFile[] = [
  // As a French Excel saves "CSV UTF-8": with a byte order mark.
  { ...utf8File, name: 'suppliers.csv', bytes: Buffer.from(`\ufeff${utf8File.text}`, 'utf8') },
  { ...latin1File, name: 'suppliers-latin1.csv', bytes: toLatin1(latin1File.text) },
];

/** Characters that Latin-1 lacks are written as old software does: the nearest ones that it has. */
function toLatin1(text: string): Buffer<ArrayBuffer> {
  return Buffer.from(
    text.replaceAll('’', "'").replaceAll('Œ', 'Oe').replaceAll('œ', 'oe').replaceAll('–', '-'),
    'latin1',
  );
}
