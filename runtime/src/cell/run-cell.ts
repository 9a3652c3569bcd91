import { once } from 'node:events';
import { Socket } from 'node:net';
import { CHANNEL_FD } from '../channel/messages.ts';
import { Cell, type CellHost } from './cell.ts';

/** Makes this process a cell: its channel and sockets are what the supervisor gave it. */
export function runCell(host: Pick<CellHost, 'makeGuest' | 'watch' | 'lock'>): void {
  new Cell({
    channel: new Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
    nextSocket: async () => {
      const [, socket] = (await once(process, 'message')) as [unknown, Socket];
      return socket;
    },
    exit: (code) => process.exit(code),
    ...host,
  });
}
