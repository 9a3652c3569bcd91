/** A gateway's sender of callbacks in a process of its own, to be killed. The parent sends one order over the IPC channel. */
import { connect } from '@nats-io/transport-node';
import { openStore } from '@sovfn/store';
import { enqueue, makeSender } from './test-sender.ts';
import type { SenderOrder } from './sender-orders.ts';

process.once('message', (order: SenderOrder) => void obey(order));

async function obey(order: SenderOrder): Promise<void> {
  const connection = await connect({ servers: `${order.nats.host}:${order.nats.port}` });
  if (order.type === 'enqueue') await enqueue(connection, order.head);
  else await makeSender({ connection, store: openStore({ ...order.store, tls: false }), ackMs: order.ackMs });
  process.send!('done');
}
