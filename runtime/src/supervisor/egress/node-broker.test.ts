import { expect, test } from 'vitest';
import type { BrokerCell, BrokerProcess } from './broker-process.ts';
import { NodeBroker } from './node-broker.ts';

/** A broker that is ready at once, and connected to a cell as soon as it is told to. */
class Connected implements Pick<BrokerProcess, 'pid' | 'ready' | 'ended' | 'isUsable' | 'attach' | 'attachmentsOf'> {
  readonly pid = 1;
  readonly ready = Promise.resolve(2 as const);
  readonly ended = new Promise<never>(() => undefined);
  readonly isUsable = true;
  attached = 0;

  async attach(): Promise<void> {
    this.attached++;
  }

  attachmentsOf(): number {
    return this.attached;
  }
}

const CELL: BrokerCell = {
  ...{ name: 'c1', zone: 'fr', tenant: 'main', hasEnded: () => false, grantOf: () => null },
  ...{ onMisdeed: () => undefined, onNoBroker: () => undefined },
};

function brokerOf(process: Connected): NodeBroker {
  return new NodeBroker({
    start: () => process as unknown as BrokerProcess,
    ...{ onStarted: () => undefined, onEnded: () => undefined, onUnavailable: () => undefined },
  });
}

test('a cell that wants one connection after the other, and leaves none, has broken a rule', async () => {
  const process = new Connected();
  const broker = brokerOf(process);
  const misdeeds: string[] = [];
  const cell = { ...CELL, onMisdeed: (reason: string) => misdeeds.push(reason) };
  for (let wanted = 0; wanted < 8; wanted++) await broker.want(cell);
  expect(misdeeds).toEqual([]);
  await broker.want(cell);
  expect(misdeeds).toEqual(['it wanted more than 8 connections']);
  expect(process.attached).toBe(8);
});

test('a cell that wants a connection while one is made is connected once more: it may have lost that one already', async () => {
  const process = new Connected();
  const broker = brokerOf(process);
  const wanting = broker.want(CELL);
  await broker.want(CELL);
  broker.expect(CELL);
  await wanting;
  expect(process.attached).toBe(2);
});
