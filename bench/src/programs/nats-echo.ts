/** Answers each message on ECHO_SUBJECT with its own payload: `nats-echo.ts <port of nats-server>`. */
import { connectPeer, ECHO_SUBJECT } from './nats-peer.ts';

const port = Number(process.argv[2]);
const client = await connectPeer(port, 'echo');
client.subscribe(ECHO_SUBJECT, null, (payload, _subject, reply) => client.publish(reply, payload));
await client.flush();
process.stdin.resume().once('close', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ port })}\n`);
