import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identityFiles, openIdentity } from '@sovfn/bus';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { prepareDataFolder } from '../../src/platform/data-folder.ts';
import { enrolMachine, identityDirectory, placeOf, placeOfMachine } from '../../src/platform/enrol.ts';
import { prepareKeys } from '../../src/platform/keys.ts';

test('a machine of which nobody declared anything says that its country is assumed, and nothing else', () => {
  expect(placeOf({}, null)).toEqual({
    ...{ country: 'FR', region: null, city: null, operator: null, provider: null, legalSeat: null, certs: [] },
    basis: 'assumed',
  });
});

test('what was declared stays, until another country is declared: region and city go with the old one', () => {
  const paris = placeOf({ country: 'FR', region: 'fr-idf', city: 'Paris', operator: 'Exemple SAS' }, null);
  expect(placeOf({ certs: ['HDS'] }, paris)).toEqual({ ...paris, certs: ['HDS'] });
  expect(placeOf({ country: 'DE' }, paris)).toMatchObject({
    country: 'DE',
    region: null,
    city: null,
    basis: 'declared',
  });
  expect(() => placeOf({ region: 'de-by' }, paris)).toThrow('must be a region of the country');
  expect(() => placeOf({ country: 'France' }, null)).toThrow('must be two capital letters');
});

test('gateway and node get labels at each start, for keys that stay, and readable by their owner only', async () => {
  await using home = await makeTemporaryFolder('enrol');
  const folder = await prepareDataFolder(join(home.path, 'data'));
  const { files } = await prepareKeys(folder, { zones: ['fr'], country: 'FR' });
  await enrolMachine(folder, files.platformSigning, {
    place: placeOf({ operator: 'Exemple SAS' }, null),
    namedZones: [],
  });
  const directory = identityDirectory(folder, 'node-1');
  const open = () =>
    openIdentity({ directory, platformKeyFile: folder.platformKey }, { role: 'node', name: 'node-1', zones: ['fr'] });
  const first = await open();
  await enrolMachine(
    folder,
    files.platformSigning,
    { place: await placeOfMachine(folder, {}), namedZones: [] },
    new Date(Date.now() + 1_000),
  );
  const second = await open();
  expect(second.publicKey).toBe(first.publicKey);
  expect(second.signed.labels.operator).toBe('Exemple SAS');
  expect(second.signed.labels.expiresAt > first.signed.labels.expiresAt).toBe(true);
  for (const file of [files.platformSigning, identityFiles(directory).key])
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(folder.platformKey, 'utf8')).not.toContain('"d"');
});

test('a signing key that is gone or another one stops the start, because receipts of before could not be verified', async () => {
  await using home = await makeTemporaryFolder('enrol');
  const folder = await prepareDataFolder(join(home.path, 'data'));
  const { files } = await prepareKeys(folder, { zones: ['fr'], country: 'FR' });
  await enrolMachine(folder, files.platformSigning, { place: placeOf({}, null), namedZones: [] });
  await rm(files.platformSigning);
  await expect(
    enrolMachine(folder, files.platformSigning, { place: placeOf({}, null), namedZones: [] }),
  ).rejects.toMatchObject({
    code: 'config-not-found',
  });
  const other = await readFile(identityFiles(identityDirectory(folder, 'node-1')).key, 'utf8');
  await writeFile(files.platformSigning, other);
  await expect(
    enrolMachine(folder, files.platformSigning, { place: placeOf({}, null), namedZones: [] }),
  ).rejects.toMatchObject({
    code: 'config-invalid',
  });
});
