import { expect, test } from 'vitest';
import { runInProcess } from '../test/run-in-process.ts';
import { assertNodeName, readGateways, readHostPort, readListenNodes, readValidity } from './fleet-arguments.ts';
import { makeSay } from './language.ts';
import { en } from './messages/en.ts';

const say = makeSay(en);

test('the number of gateways is 1 to 32, or "auto"', () => {
  expect(['1', '32', 'auto'].map((text) => readGateways(text, 32, say))).toEqual([1, 32, null]);
  for (const text of ['0', '33', '-1', '1.5', '', 'two', '1e1']) {
    expect(() => readGateways(text, 32, say)).toThrow(`--gateways is "${text}"`);
  }
});

test('nodes are listened for at an address with a port, or not: "off"', () => {
  expect(readListenNodes('192.0.2.10:4443', say)).toEqual({ host: '192.0.2.10', port: 4443 });
  expect(readListenNodes('[2001:db8::1]:1', say)).toEqual({ host: '2001:db8::1', port: 1 });
  expect(readHostPort('address', 'platform.example.fr:65535', say).host).toBe('platform.example.fr');
  expect(readListenNodes('off', say)).toBeNull();
  for (const text of ['', '4443', 'host', 'host:0', 'host:65536', '2001:db8::1:4443', 'a b:1', 'http://host:1']) {
    expect(() => readListenNodes(text, say)).toThrow(`--listen-nodes is "${text}"`);
  }
});

test('a node has a name, and its bundle an end', () => {
  expect(() => assertNodeName('paris-1', say)).not.toThrow();
  expect(() => assertNodeName('Paris', say)).toThrow('"Paris" is no name for a node');
  expect(readValidity('2h', say)).toBe(7_200_000);
  for (const text of ['31d', '0', 'soon']) expect(() => readValidity(text, say)).toThrow(`--valid is "${text}"`);
});

test.each([
  [
    ['up', '--gateways', '33'],
    ['--gateways is "33"', 'Give a number from 1 to 32, or "auto".'],
    ['--gateways vaut « 33 »', 'Donnez un nombre de 1 à 32, ou « auto ».'],
  ],
  [
    ['up', '--listen-nodes', 'here'],
    ['--listen-nodes is "here"', 'Give an address of this machine and a port, such as 192.0.2.10:4443, or "off".'],
    [
      '--listen-nodes vaut « here »',
      'Donnez une adresse de cette machine et un port, par exemple 192.0.2.10:4443, ou « off ».',
    ],
  ],
] as const)('%j says what is possible, in the user’s language', async (argv, english, french) => {
  for (const [LANG, [what, hint]] of [['C', english] as const, ['fr_FR.UTF-8', french] as const]) {
    expect(await runInProcess([...argv, '--data', '/nowhere'], { env: { LANG } })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `✖ ${what} (usage)\n  → ${hint}\n`,
    });
  }
});
