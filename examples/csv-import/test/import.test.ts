import { describe, expect, test } from 'vitest';
import { call, filesOf, HEADER, postCsv, ROW, summaryOf } from './calls.ts';

describe('rows', () => {
  test('that are right come back in a common form', async () => {
    const row =
      ' F1 ; Établissements  Noël ;404 833 048 00022;fr 83 404833048;FR76 3000 6000 0112 3456 7890 189;1 234,5';
    const { accepted, rejected } = await filesOf(await postCsv(`${HEADER}\n${row}\n`));
    expect(accepted).toEqual([
      HEADER,
      'F1;Établissements Noël;40483304800022;FR83404833048;FR7630006000011234567890189;1234.50',
    ]);
    expect(rejected).toEqual([`${HEADER};ligne;motif`]);
  });

  test('that are wrong come back as they were, with line and every reason', async () => {
    const row = 'F2;;404 833 048 00023;FR84404833048;ZZ76 3000;cher';
    const { accepted, rejected } = await filesOf(await postCsv(`${HEADER}\r\n${ROW}\r\n\r\n${row}\r\n`));
    expect(accepted).toHaveLength(2);
    expect(rejected[1]).toBe(
      `${row};4;raison sociale : vide | SIRET : clé fausse | TVA : clé ou forme fausse | IBAN : pays inconnu | ` +
        'encours : montant illisible',
    );
  });

  test.each([
    ['too few', 'F1;Noël', 'F1;Noël;;;;;2;nombre de colonnes : 2 au lieu de 6'],
    ['too many', `${ROW};x;y`, `${ROW.slice(0, -7)}"1234,56;x;y";2;nombre de colonnes : 8 au lieu de 6`],
  ])('with %s columns are rejected and keep every value', async (_what, row, expected) => {
    const { rejected } = await filesOf(await postCsv(`${HEADER}\n${row}\n`));
    expect(rejected[1]!.startsWith(expected)).toBe(true);
  });

  test('with a value of more than 500 characters are rejected without a look at the others', async () => {
    const summary = await summaryOf(`${HEADER}\n;${'a '.repeat(251)};;;;\n`);
    expect(summary.firstRejected).toEqual([{ line: 2, reasons: ['une valeur a plus de 500 caractères'] }]);
  });

  test('that repeat a code or a SIRET are rejected, the first stays', async () => {
    const summary = await summaryOf(`${HEADER}\n${ROW}\n${ROW}\n`);
    expect(summary).toMatchObject({ accepted: 1, rejected: 1 });
    expect(summary.firstRejected).toEqual([
      { line: 3, reasons: ['code : déjà présent plus haut', 'SIRET : déjà présent plus haut'] },
    ]);
  });

  test('of a company that owes no VAT need no VAT number', async () => {
    expect(await summaryOf(`${HEADER}\n${ROW.replace('FR83404833048', '')}\n`)).toMatchObject({ accepted: 1 });
  });

  test('with the VAT number of another company are rejected', async () => {
    const summary = await summaryOf(`${HEADER}\n${ROW.replace('FR83404833048', 'FR40303265045')}\n`);
    expect(summary.reasons).toEqual([{ reason: 'TVA : autre entreprise que le SIRET', count: 1 }]);
  });
});

describe('files', () => {
  test.each([
    ['commas', ','],
    ['tabs', '\t'],
    ['semicolons', ';'],
  ])('with %s are read', async (_what, delimiter) => {
    const row = ROW.replace('1234,56', '1234.56');
    const text = `${HEADER}\n${row}\n`.replaceAll(';', delimiter);
    expect(await summaryOf(text)).toMatchObject({ accepted: 1, acceptedOutstanding: '1234.56' });
  });

  test('may name their columns in any order, with accents, and have more of them', async () => {
    const header = '"Ville";"IBAN";"Raison Sociale";"SIRET";"Encours";"TVA";"Code"';
    const row = 'Alès;FR7630006000011234567890189;Noël;40483304800022;1,00;;F1';
    const { accepted } = await filesOf(await postCsv(`${header}\n${row}\n`));
    expect(accepted).toEqual([
      'Ville;IBAN;Raison Sociale;SIRET;Encours;TVA;Code',
      'Alès;FR7630006000011234567890189;Noël;40483304800022;1.00;;F1',
    ]);
  });

  test('may begin with a byte order mark', async () => {
    expect(await summaryOf(`\ufeff${HEADER}\n${ROW}\n`)).toMatchObject({ accepted: 1 });
  });

  test('in Latin-1 keep their accents when the content type says so', async () => {
    const body = Buffer.from(`${HEADER}\n${ROW}\n`, 'latin1');
    const { accepted } = await filesOf(await postCsv(body, { 'content-type': 'text/csv; charset="ISO-8859-1"' }));
    expect(accepted[1]).toContain('Établissements Noël');
  });

  test('that are not in the encoding they claim are refused', async () => {
    const answer = await postCsv(Buffer.from(`${HEADER}\n${ROW}\n`, 'latin1'));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      detail: 'The file is not utf-8; say its encoding, such as "text/csv; charset=windows-1252"',
    });
  });

  test('with 20,000 rows are read, with one more they are refused', async () => {
    expect(await summaryOf(`${HEADER}\n${'x\n'.repeat(20_000)}`)).toMatchObject({ rejected: 20_000 });
    const answer = await postCsv(`${HEADER}\n${'x\n'.repeat(20_001)}`);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ detail: 'The file has more than 20000 rows; send it in parts' });
  });

  test('with column names only have no rows', async () => {
    expect(await summaryOf(HEADER)).toMatchObject({ rows: 0, acceptedOutstanding: '0.00' });
  });
});

describe('the files of an import', () => {
  const KNOWN = `${HEADER}\n${ROW}\nF2;;1;2;3;4\n`;

  test('are kept, each for itself, under names that the summary says', async () => {
    const { files } = await summaryOf(KNOWN);
    const answered = await filesOf(await postCsv(KNOWN));
    for (const [index, rows] of [answered.accepted, answered.rejected].entries()) {
      const kept = await call({}, `/${files[index]}`);
      expect(kept.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect((await kept.text()).split('\r\n').slice(0, -1)).toEqual(rows);
    }
  });

  test('have the same names when it is imported again, and others when it has changed', async () => {
    const { files } = await summaryOf(KNOWN);
    expect((await summaryOf(KNOWN)).files).toEqual(files);
    expect((await summaryOf(`${KNOWN}\n`)).files).not.toEqual(files);
  });

  test.each(['/', '/accepted.csv', `/${'0'.repeat(32)}/accepted.csv`, `/${'0'.repeat(32)}/../accepted.csv`])(
    'are not found at %s',
    async (path) => {
      expect((await call({}, path)).status).toBe(404);
    },
  );
});

describe('requests that are refused', () => {
  test.each([
    ['an empty body', '', 400, 'The file has no row with column names'],
    ['blank lines', '\n\r\n', 400, 'The file has no row with column names'],
    [
      'JSON',
      '{"a": 1}',
      422,
      'The first row lacks code, raison_sociale, siret, tva, iban, encours; it begins with "{"a": 1}"',
    ],
    [
      'a missing column',
      'code;siret;tva;iban;encours',
      422,
      'The first row lacks raison_sociale; it begins with "code, siret, tva, iban, encours"',
    ],
    ['101 columns', ';'.repeat(100), 422, 'The first row has 101 columns; at most 100'],
    [
      'an open quote',
      `${HEADER}\n"F1;x\n`,
      400,
      'The quotes of the file do not match: a quote of the row on line 2 is never closed',
    ],
  ])('%s is answered as a problem', async (_what, body, status, detail) => {
    const answer = await postCsv(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status, detail });
  });

  test('another media type is answered 415', async () => {
    const answer = await postCsv(`${HEADER}\n${ROW}`, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.status).toBe(415);
  });

  test('an unknown charset is answered 415', async () => {
    const answer = await postCsv(`${HEADER}\n${ROW}`, { 'content-type': 'text/csv; charset=klingon' });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ detail: '"klingon" is no encoding that the Encoding Standard knows' });
  });

  test('another method is answered 405', async () => {
    const answer = await call({ method: 'PUT', body: HEADER });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });
});
