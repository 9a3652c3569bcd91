/** A cell without the lock, under which the kernel would refuse what Valgrind needs to report. */
import { once } from 'node:events';
import { Socket } from 'node:net';
import { Cell } from '../../src/cell/cell.ts';
import { LOCK_LEVEL_PROCESS } from '../../src/channel/lock-level.ts';
import { CHANNEL_FD } from '../../src/channel/messages.ts';

new Cell({
  channel: new Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
  nextSocket: async () => {
    const [, socket] = (await once(process, 'message')) as [unknown, Socket];
    return socket;
  },
  lock: () => ({ level: LOCK_LEVEL_PROCESS, reason: 'its instructions are counted' }),
  exit: (code) => process.exit(code),
});
