/** Program of caller.ts: calls the address that it is given again and again while it is told to. */
import { Agent, request } from 'node:http';

const url = process.argv[2]!;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let isOn = false;

process.on('message', (message: boolean) => {
  isOn = message;
  if (isOn) void callWhileOn();
});

async function callWhileOn(): Promise<void> {
  const times: number[] = [];
  while (isOn) {
    const startedAt = performance.now();
    await call();
    times.push(performance.now() - startedAt);
  }
  process.send!(times);
}

async function call(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sent = request(url, { agent }, (response) => {
    if (response.statusCode !== 200) reject(new Error(`the neighbour was answered with ${response.statusCode}`));
    response.resume().once('end', resolve).once('error', reject);
  });
  sent.once('error', reject).end();
  await promise;
}
