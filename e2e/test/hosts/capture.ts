/**
 * Writes every packet of one interface to a file: `capture.ts <interface> <file>`. Says, once SIGTERM asks it to end, how many
 * packets it saw and how many the kernel dropped for it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { readPackets } from './packet-socket.ts';

const [networkInterface, file] = process.argv.slice(2) as [string, string];
const output = openSync(file, 'w');
const counts = await readPackets(networkInterface, (packet) => writeSync(output, packet));
closeSync(output);
process.stdout.write(`${JSON.stringify(counts)}\n`);
