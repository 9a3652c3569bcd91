/** A platform with a webhook whose events wait, `hello`, and one that logs: what it prints says where. Ends with stdin. */
import { once } from 'node:events';
import { HELLO, HELLO_CONCURRENCY, LOGGING } from '../functions/sources.ts';
import { EventsWorld } from '../measurements/events-world.ts';

await using world = await EventsWorld.start();
const { platform, secret } = world;
await world.setPaused('accepting', true);
for (const [name, code] of Object.entries({ hello: HELLO, logging: LOGGING }))
  await platform.deploy({ name, code, config: { outputs: 'none', limits: HELLO_CONCURRENCY } });
const port = Number(new URL(platform.publicUrl).port);
process.stdout.write(`${JSON.stringify({ port, secret })}\n`);
const ended = once(process.stdin.resume(), 'close');
await Promise.race([ended, once(process, 'SIGTERM')]);
