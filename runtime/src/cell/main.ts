import { once } from 'node:events';
import { Socket } from 'node:net';
import { CHANNEL_FD } from '../channel/messages.ts';
import { Cell } from './cell.ts';
import { lockProcess } from './lock/lock.ts';

new Cell({
  channel: new Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
  nextSocket: async () => {
    const [, socket] = (await once(process, 'message')) as [unknown, Socket];
    return socket;
  },
  lock: lockProcess,
  exit: (code) => process.exit(code),
});
