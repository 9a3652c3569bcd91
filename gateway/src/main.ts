import { collectWhenIdle } from '@sovfn/bus';
import { isSovfnError } from '@sovfn/protocol';
import { parseArgs } from 'node:util';
import { readConfig, readSecrets } from './config.ts';
import { makeLog } from './logger.ts';
import { startGateway } from './service.ts';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'gateway.json' },
    'exit-with-parent': { type: 'boolean', default: false },
    'unsafe-fsync': { type: 'boolean', default: false },
    'accept-event-loss': { type: 'boolean', default: false },
  },
});
const written = await readConfig(values.config);
const config = {
  ...written,
  unsafeFsync: written.unsafeFsync || values['unsafe-fsync'],
  acceptEventLoss: written.acceptEventLoss || values['accept-event-loss'],
};
const log = makeLog(config.id, (line) => process.stderr.write(line));
const gateway = await startGateway(config, await readSecrets(config), log).catch(refuse);
process.stdout.write(
  `${JSON.stringify({ type: 'ready', gateway: config.id, public: gateway.publicAddress, control: gateway.controlAddress, operator: gateway.operatorAddress })}\n`,
);

collectWhenIdle();

let isStopping = false;
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await gateway[Symbol.asyncDispose]();
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
if (values['exit-with-parent']) process.stdin.on('close', () => void stop()).resume();

/** What an operator can mend is told without a stack. */
function refuse(error: unknown): never {
  if (!isSovfnError(error)) throw error;
  process.stderr.write(`${error.message} (${error.code})\n${error.hint === null ? '' : `  → ${error.hint}\n`}`);
  process.exit(1);
}
