import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  changeOf,
  COUNTED_NODE_FLAGS,
  countedCommand,
  countPerCall,
  closestCount,
  makeTemporaryFolder,
  whyUncounted,
} from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { writeGatewayConfig } from '../peers/gateway-process.ts';

/** Of one `hello`, counted with Node 26.10.0. */
const STORED = 71_000;
const CONNECTIONS = 16;
const MAIN = join(import.meta.dirname, '../../src/main.ts');
const REQUEST = 'GET /fn/hello/ HTTP/1.1\r\nhost: localhost\r\n\r\n';
const LIMIT_MS = 10 * 60_000;
/** The gateway ends connections that have had nothing to do for five seconds; Valgrind's control takes that on a busy machine. */
const REUSE_MS = 3_000;

const reason = whyUncounted();
if (reason !== null) console.warn(`the gateway's instructions per call are not counted: ${reason}`);

test.skipIf(reason !== null)(
  'a call costs the gateway no more instructions than before',
  { timeout: LIMIT_MS },
  async () => {
    expect(changeOf(STORED, await closestCount(STORED, countGateway))).toBeNull();
  },
);

async function countGateway(): Promise<number> {
  await using bench = await GatewayBench.start();
  await bench.serve({ name: 'hello', outputs: 'none' }, (served) => served.answer('hello'));
  await using folder = await makeTemporaryFolder('counted');
  const config = await writeGatewayConfig(folder.path, bench);
  const node = [process.execPath, ...COUNTED_NODE_FLAGS, MAIN, '--config', config, '--exit-with-parent'];
  const [command, ...args] = countedCommand(node);
  const gateway = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(createInterface({ input: gateway.stdout }), 'line')) as [string];
    const { public: address } = JSON.parse(line) as { public: { host: string; port: number } };
    using closing = new DisposableStack();
    let sockets: Socket[] = [];
    let calledAt = -Infinity;
    const callAll = async (): Promise<void> => {
      if (performance.now() - calledAt > REUSE_MS) {
        for (const socket of sockets) socket.destroy();
        sockets = Array.from({ length: CONNECTIONS }, () => connect(address));
      }
      await Promise.all(sockets.map(call));
      calledAt = performance.now();
    };
    closing.defer(() => sockets.forEach((socket) => socket.destroy()));
    return await countPerCall(gateway.pid!, { calls: CONNECTIONS, callAll });
  } finally {
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
  }
}

/** Resolves when the answer has come. */
async function call(socket: Socket): Promise<void> {
  socket.write(REQUEST);
  let answer = '';
  while (!answer.endsWith('\r\n\r\nhello')) {
    const [piece] = (await once(socket, 'data')) as [Buffer];
    answer += piece.toString('latin1');
  }
}
