/** Length of an IBAN by country, as the registry of ISO 13616 gives it. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 ' +
    'FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 ' +
    'LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ' +
    'ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

export type IbanFault = 'form' | 'country' | 'length' | 'key';

/** What is wrong with an IBAN written without spaces in capital letters, or null. */
export function ibanFault(value: string): IbanFault | null {
  if (!/^[A-Z]{2}\d{2}[0-9A-Z]+$/.test(value)) return 'form';
  const length = LENGTHS.get(value.slice(0, 2));
  if (length === undefined) return 'country';
  if (value.length !== length) return 'length';
  return remainder97(value.slice(4) + value.slice(0, 4)) === 1 ? null : 'key';
}

/** The number that the text is when A is written 10, B 11 … Z 35, modulo 97. */
function remainder97(text: string): number {
  let remainder = 0;
  for (const character of text) {
    const value = parseInt(character, 36);
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97;
  }
  return remainder;
}
