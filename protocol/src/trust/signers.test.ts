import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  assertFollows,
  followingList,
  isVersionSigned,
  type SignerList,
  signerListSchema,
  signSignerList,
  signVersion,
  type SigningKey,
  whyUnsigned,
} from './signers.ts';
import { keyIdOf, publicKeyText } from './signing.ts';

const [ada, grace, mallory] = [newKey(), newKey(), newKey()];
const VERSION = { tenant: 'acme', function: 'invoice', version: 'a'.repeat(64) };

function newKey(): SigningKey {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  return { key, publicKey: publicKeyText(key) };
}

function listOf(before: SignerList | null, signers: readonly [name: string, of: SigningKey, isActive?: boolean][]) {
  const entries = signers.map(([name, { publicKey }, isActive = true]) => ({ name, publicKey, isActive }));
  return { ...followingList('acme', before), isRequired: true, signers: entries };
}

test('a signature is one for its tenant, function and version, and by its key, and for nothing else', () => {
  const signature = signVersion(VERSION, ada);
  expect(isVersionSigned(VERSION, signature)).toBe(true);
  for (const other of [{ tenant: 'globex' }, { function: 'ledger' }, { version: 'b'.repeat(64) }]) {
    expect(isVersionSigned({ ...VERSION, ...other }, signature)).toBe(false);
  }
  expect(isVersionSigned(VERSION, { ...signature, signer: grace.publicKey })).toBe(false);
});

test('no letter of a signature can be changed', () => {
  const { signer, signature } = signVersion(VERSION, ada);
  for (let at = 0; at < signature.length; at++) {
    if (signature[at] === '.') continue;
    const changed = signature.slice(0, at) + (signature[at] === 'A' ? 'B' : 'A') + signature.slice(at + 1);
    expect(isVersionSigned(VERSION, { signer, signature: changed })).toBe(false);
  }
});

test('a signature of a list is none of a version, and the other way round', () => {
  const list = listOf(null, [['ada', ada]]);
  expect(isVersionSigned(VERSION, signSignerList(list, ada))).toBe(false);
  const { signature } = signVersion(VERSION, ada);
  expect(() => assertFollows('acme', null, { list, signer: ada.publicKey, signature })).toThrow('is not signed by');
});

test('a first list is signed with one of its own keys, every other one with a key of the list before', () => {
  const first = listOf(null, [['ada', ada]]);
  assertFollows('acme', null, signSignerList(first, ada));
  expect(() => assertFollows('acme', null, signSignerList(first, mallory))).toThrow(
    `the key ${keyIdOf(mallory.publicKey)} is of no signer of tenant "acme" that can sign`,
  );
  const second = listOf(first, [
    ['ada', ada],
    ['grace', grace],
  ]);
  assertFollows('acme', first, signSignerList(second, ada));
  expect(() => assertFollows('acme', first, signSignerList(second, grace))).toThrow('is of no signer');
  const retired = listOf(second, [
    ['ada', ada, false],
    ['grace', grace],
  ]);
  assertFollows('acme', second, signSignerList(retired, ada));
  expect(() => assertFollows('acme', retired, signSignerList(listOf(retired, [['ada', ada]]), ada))).toThrow(
    'is of no signer',
  );
});

test('a list that does not come next is refused: of another tenant, twice, left out, or after another one', () => {
  const first = listOf(null, [['ada', ada]]);
  const second = listOf(first, [['ada', ada]]);
  const third = listOf(second, [['grace', grace]]);
  const conflict = 'does not follow number 1 of tenant "acme"';
  expect(() => assertFollows('acme', first, signSignerList(first, ada))).toThrow(conflict);
  expect(() => assertFollows('acme', first, signSignerList(third, ada))).toThrow(conflict);
  expect(() => assertFollows('globex', null, signSignerList(first, ada))).toThrow('of tenant "globex"');
  const otherFirst = listOf(null, [['grace', grace]]);
  expect(() => assertFollows('acme', otherFirst, signSignerList(second, ada))).toThrow(conflict);
});

test('a list without anybody who can sign, or with a name or key twice, is none', () => {
  const parse = (list: SignerList): string[] =>
    (signerListSchema.safeParse(list).error?.issues ?? []).map(({ message }) => message);
  expect(parse(listOf(null, [['ada', ada, false]]))).toEqual(['must have one that can sign']);
  const twice = 'must have each name and each key once';
  expect(parse(listOf(null, [['ada', ada], ['ada', grace]]))).toEqual([twice]); // prettier-ignore
  expect(parse(listOf(null, [['ada', ada], ['grace', ada]]))).toEqual([twice]); // prettier-ignore
});

test('versions of who signs no more are vouched for; of who was taken off the list they are not', () => {
  const signature = signVersion(VERSION, ada);
  const retired = listOf(null, [
    ['ada', ada, false],
    ['grace', grace],
  ]);
  expect(whyUnsigned(retired, VERSION, signature)).toBeNull();
  const without = listOf(null, [['grace', grace]]);
  expect(whyUnsigned(without, VERSION, signature)).toBe(
    `version aaaaaaaaaaaa of function "invoice" is signed with the key ${keyIdOf(ada.publicKey)}, which is of no signer of tenant "acme"`,
  );
  expect(whyUnsigned(without, VERSION, null)).toBe(
    'version aaaaaaaaaaaa of function "invoice" is not signed, and tenant "acme" has signers',
  );
});
