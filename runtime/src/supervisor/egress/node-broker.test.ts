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

test('a cell that wants one connection after the other, and leaves none, has broken a rule', async () => {
  const process = new Connected();
  const broker = new NodeBroker({
    start: () => process as unknown as BrokerProcess,
    ...{ onStarted: () => undefined, onEnded: () => undefined, onUnavailable: () => undefined },
  });
  const misdeeds: string[] = [];
  const cell: BrokerCell = {
    ...{ name: 'c1', zone: 'fr', tenant: 'main', hasEnded: () => false, grantOf: () => null },
    onMisdeed: (reason) => misdeeds.push(reason),
    onNoBroker: () => undefined,
  };
  for (let wanted = 0; wanted < 8; wanted++) await broker.want(cell);
  expect(misdeeds).toEqual([]);
  await broker.want(cell);
  expect(misdeeds).toEqual(['it wanted more than 8 connections']);
  expect(process.attached).toBe(8);
});
