/** A label in ZPL, the language of label printers: 4 × 6 inches at 203 dpi. */
import type { LabelJob } from './label-job.ts';

/** Characters that are commands to the printer are sent as their hexadecimal code. */
export function field(text: string): string {
  return text.replace(/[\^~_]/g, (character) => `_${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function makeLabel({ recipient, sscc, order, parcel, parcels, grams }: LabelJob, sender: string): string {
  const lines = [recipient.name, ...recipient.address, `${recipient.postcode} ${recipient.town.toUpperCase()}`];
  return [
    // Text is UTF-8.
    '^XA^CI28^PW812^LL1218',
    print(40, 40, 24, sender),
    ...lines.map((line, index) => print(40, 140 + index * 56, 44, line)),
    print(40, 460, 32, `Commande ${order}   Colis ${parcel}/${parcels}   ${(grams / 1_000).toFixed(2)} kg`),
    // GS1-128: function code 1 and the application identifier 00 say that an SSCC follows.
    `^FO80,560^BY3^BCN,260,N,N,N^FD>;>800${sscc}^FS`,
    print(150, 860, 40, `(00) ${sscc}`),
    '^XZ',
    '',
  ].join('\n');
}

function print(x: number, y: number, height: number, text: string): string {
  return `^FO${x},${y}^A0N,${height},${height}^FH^FD${field(text)}^FS`;
}
