/** Locks itself as a cell does, or as the broker (`broker`), then tries what it must not be able to do; prints one line of JSON. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { lockBroker, lockProcess } from '../../../src/cell/lock/lock.ts';
import { promisify } from 'node:util';
import { warmUp } from '../../../src/cell/lock/warm-up.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
const attempt = async (act: () => unknown): Promise<string> => {
  try {
    await act();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
};
const failed = (emitter: NodeJS.EventEmitter): Promise<never> =>
  new Promise((_resolve, reject) => {
    emitter.once('error', reject);
  });

warmUp();
const { level, reason } = process.argv[2] === 'broker' ? lockBroker() : lockProcess();
const parent = process.ppid;
const results = {
  'read a file': await attempt(() => readFileSync('/etc/hostname')),
  'read a file in the thread pool': await attempt(() => promisify(readFile)('/etc/hostname')),
  'write a file': await attempt(() => writeFileSync('/tmp/sovfn-never', 'x')),
  'write to a file that is there': await attempt(() => writeFileSync('/dev/null', 'x')),
  'rename a file': await attempt(() => renameSync('/etc/hostname', '/etc/hostname-2')),
  'remove a file': await attempt(() => unlinkSync('/tmp/sovfn-never')),
  'run a program': await attempt(() => execFileSync('/bin/true')),
  'start a shell': spawnSync('/bin/sh', ['-c', 'true']).error === undefined ? 'done' : 'EPERM',
  connect: await attempt(() => failed(connect(9, '127.0.0.1'))),
  listen: await attempt(() => failed(createServer().listen(0, '127.0.0.1'))),
  'signal another process': await attempt(() => process.kill(parent, 0)),
  'signal itself': await attempt(() => process.kill(process.pid, 0)),
};
process.stdout.write(JSON.stringify({ level, reason, results }));
