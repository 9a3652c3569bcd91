/**
 * Loaded with `--import` before a platform: it, its gateway, node and cells then state nothing about calls, for the one
 * measurement that asks what that costs. The product has no such switch, so their sources are changed as they are loaded; a
 * change that finds no place fails.
 */
import { fileURLToPath } from 'node:url';
import { append, changeSources, inCells, inServices } from './changed-sources.ts';

const NO_STATEMENTS = `{
  name: 'no-statements',
  setup: (bundler) => bundler.onLoad({ filter: /cell\\/receipts\\/call-statements\\.ts$/ }, () => ({
    contents: 'export class CallStatements { add() {} flush() {} }', loader: 'js',
  })),
}`;

changeSources({
  'cli/src/platform/part-commands.ts': inServices(fileURLToPath(import.meta.url)),
  'gateway/src/receipts/body-digest.ts': append(`digestOf = () => '';`),
  'gateway/src/receipts/call-statement.ts': append(`
    for (const name of ['addInput', 'setOutput', 'addOutput', 'end']) CallStatement.prototype[name] = () => '';
  `),
  'bus/src/receipts/receipt-batches.ts': append(`ReceiptBatches.prototype.add = () => undefined;`),
  'gateway/src/receipts/gateway-receipts.ts': append(`GatewayReceipts.prototype.add = () => undefined;`),
  'runtime/src/supervisor/programs.ts': inCells(NO_STATEMENTS),
});
