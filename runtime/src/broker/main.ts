import { Socket } from 'node:net';
import { lockBroker } from '../cell/lock/lock.ts';
import { BROKER_CONTROL_FD } from '../channel/broker-control.ts';
import { Broker } from './broker.ts';

void new Broker({
  control: new Socket({ fd: BROKER_CONTROL_FD, readable: true, writable: true }),
  lock: lockBroker,
  exit: (code) => process.exit(code),
});
