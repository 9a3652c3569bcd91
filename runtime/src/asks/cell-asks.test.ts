import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import type { AskMessage, BrokerToCell } from '../channel/broker-messages.ts';
import type { AskHandler } from './ask.ts';
import { CellAsks } from './cell-asks.ts';

const VERSION = 'a'.repeat(64);
const FROM = { zone: 'fr', tenant: 'main', function: 'shop', version: VERSION };
const ASK: AskMessage = {
  ...{ v: PROTOCOL_VERSION, type: 'ask', ask: 1, function: 'shop', version: VERSION, kind: 'fetch', head: '{}' },
  ...{ invocation: null, depth: 0, trace: null, body: 'none' },
};

/** The asks of a cell, all carried out by one handler, and what the cell is told. */
function asksOf(handler: AskHandler) {
  const told: BrokerToCell[] = [];
  let accepted = 0;
  const asks = new CellAsks({
    link: { isCongested: false, onceDrained: () => undefined, send: (message) => told.push(message) },
    accept: () => {
      accepted++;
      return { from: FROM, handler };
    },
    onDefect: (_kind, error) => expect.unreachable(String(error)),
  });
  const ask = (number: number): void => asks.onMessage({ ...ASK, ask: number }, Buffer.alloc(0));
  return { ask, told, accepted: () => accepted };
}

test('an answer whose head no message takes fails its ask, and only that', async () => {
  let headers = 'a\n\n'.repeat(60_000);
  const { ask, told } = asksOf(async () => ({ head: { status: 200, headers }, body: null }));
  ask(1);
  await expect.poll(() => told).toMatchObject([{ type: 'ask-failed', ask: 1, name: 'TypeError' }]);
  headers = 'a\n\n';
  ask(2);
  await expect.poll(() => told[1]).toMatchObject({ type: 'ask-answer', ask: 2 });
});

test('of a cell that has a thousand asks under way no further ones are looked at', () => {
  const { ask, told, accepted } = asksOf(() => new Promise(() => undefined));
  for (let number = 1; number <= 1_001; number++) ask(number);
  expect(accepted()).toBe(1_000);
  expect(told).toMatchObject([{ type: 'ask-failed', ask: 1_001 }]);
});
