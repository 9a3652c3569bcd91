/**
 * Loaded with `--import` before a platform: it, its gateway, node and cells then state nothing about calls, for the one
 * measurement that asks what that costs. The product has no such switch, so their sources are changed as they are loaded; a
 * change that finds no place fails.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

type Change = (source: string) => string;

const SELF = fileURLToPath(import.meta.url);

const append =
  (text: string): Change =>
  (source) =>
    `${source}\n${text}\n`;

function replace(place: string, text: string): Change {
  return (source) => {
    if (source.split(place).length !== 2) throw new Error(`"${place}" is not there once: see ${SELF}`);
    return source.replace(place, () => text);
  };
}

/** Cells are one bundle, of which the node makes the text. */
const NO_STATEMENTS = `{
  name: 'no-statements',
  setup: (bundler) => bundler.onLoad({ filter: /cell\\/receipts\\/call-statements\\.ts$/ }, () => ({
    contents: 'export class CallStatements { add() {} flush() {} }', loader: 'js',
  })),
}`;

const CHANGES: Readonly<Record<string, Change>> = {
  'cli/src/platform/part-commands.ts': replace(
    'args: [...SERVICE_FLAGS,',
    `args: [...SERVICE_FLAGS, ${JSON.stringify(`--import=${SELF}`)},`,
  ),
  'gateway/src/receipts/call-statement.ts': append(`
    digestOf = () => '';
    for (const name of ['addInput', 'setOutput', 'addOutput', 'end']) CallStatement.prototype[name] = () => '';
  `),
  'bus/src/receipts/receipt-batches.ts': append(`ReceiptBatches.prototype.add = () => undefined;`),
  'gateway/src/receipts/gateway-receipts.ts': append(`GatewayReceipts.prototype.add = () => undefined;`),
  'runtime/src/supervisor/programs.ts': replace(
    'plugins: [externalAddon,',
    `plugins: [${NO_STATEMENTS}, externalAddon,`,
  ),
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const change = Object.entries(CHANGES).find(([file]) => url.endsWith(`/${file}`))?.[1];
    if (change === undefined) return loaded;
    const { source } = loaded;
    return { ...loaded, source: change(typeof source === 'string' ? source : new TextDecoder().decode(source)) };
  },
});
