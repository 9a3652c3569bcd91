/** The name server of a closed network: `answer-names.ts <address> <answer>`. Answers every name, and prints each, once for A and once for AAAA. */
import { NameServer } from '@sovfn/testkit';

const [host, answer] = process.argv.slice(2) as [string, string];
await using server = await NameServer.start({ host, port: 53 });
server.others = [answer];
process.stdout.write('{"ready":true}\n');
await new Promise<void>((resolve) => process.once('SIGTERM', resolve));
process.stdout.write(`${JSON.stringify([...new Set(server.asked)])}\n`);
