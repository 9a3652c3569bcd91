import { connect } from '@nats-io/transport-node';
import { queueRoomSubject } from '@sovfn/protocol';
import { startNats } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { QueueQuota } from '../../src/supervisor/bindings/queue-quota.ts';

const OF = { zone: 'fr', tenant: 'main', function: 'jobs' };

test('a function may send until as many messages wait as the gateway says; what was sent since counts, and an end makes room', async () => {
  await using nats = await startNats();
  const connection = await connect({ servers: `${nats.address.host}:${nats.address.port}` });
  const waiting = 0;
  const asked = Promise.withResolvers<void>();
  connection.subscribe(queueRoomSubject('fr'), {
    callback: (_error, message) => {
      message.respond(JSON.stringify({ v: 1, waiting, most: 3 }));
      asked.resolve();
    },
  });
  const quota = new QueueQuota(connection);
  quota.assertRoom(OF, 1);
  quota.noteStored(OF, 1);
  await asked.promise;
  await connection.flush();
  await expect
    .poll(() => refusal(quota, 3))
    .toBe(
      'too-many-events: 1 messages in the queues of "jobs" have not ended; 3 may. Send again when the queue handler has taken some.',
    );
  expect(refusal(quota, 2)).toBeNull();
  quota.noteStored(OF, 2);
  expect(refusal(quota, 1)).toMatch(/^too-many-events: 3 messages/);
  await expect.poll(() => refusal(quota, 1), { timeout: 10_000 }).toBeNull();
  await connection.close();
});

function refusal(quota: QueueQuota, messages: number): string | null {
  try {
    quota.assertRoom(OF, messages);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
