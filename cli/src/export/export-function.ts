/** Writes one function into the folder of an export: code, settings, secrets, outputs, events, receipts. */
import {
  type EventSummary,
  type ExportedFunction,
  isSovfnError,
  type OutputMeta,
  PROTOCOL_VERSION,
  readableJson,
  type RecipientKey,
  type SovfnError,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import type { ControlClient } from '../api/control-client.ts';
import { outputCorrupted } from '../api/output-corrupted.ts';
import { pagesOf } from '../events/run-pages.ts';
import { queryOf } from '../events/event-arguments.ts';
import type { Say } from '../language.ts';
import type { ExportFolder } from './export-folder.ts';
import { TranslatedError } from '../translated-error.ts';

export interface FunctionExport {
  readonly client: ControlClient;
  readonly folder: ExportFolder;
  /** For whom secrets are encrypted; null: they are left out. */
  readonly recipient: RecipientKey | null;
  readonly say: Say;
}

/** What was written of a function. */
export interface ExportedParts {
  readonly name: string;
  readonly version: string;
  readonly secrets: number;
  readonly outputs: number;
  readonly outputBytes: number;
  readonly events: number;
  /** Of these, had not ended. */
  readonly unendedEvents: number;
  readonly receipts: number;
  readonly damaged: ExportedFunction['damaged'];
}

const PAGE = 1_000;

export async function exportFunction(name: string, options: FunctionExport): Promise<ExportedParts> {
  const { client, folder, recipient } = options;
  const at = `functions/${name}`;
  const { version, zone } = await client.showFunction(name);
  const code = await client.exports.code(name, version);
  await folder.writeText(`${at}/manifest.json`, code.manifest);
  await folder.writeText(`${at}/bundle.mjs`, code.bundle);
  await folder.writeText(`${at}/bundle.mjs.map`, code.sourceMap);
  const secrets = recipient === null ? null : await client.exports.secrets(name, recipient);
  if (secrets !== null) await folder.writeText(`${at}/secrets.json`, readableJson(secrets));
  const receipts = new ReceiptWriter(`${at}/receipts`, options);
  const outputs = await exportOutputs(name, receipts, options);
  const events = await exportEvents(name, receipts, options);
  const { schedules } = await client.schedules.list(name);
  const described: ExportedFunction = {
    ...{ v: PROTOCOL_VERSION, name, version, zone },
    schedules: schedules.map(({ name: schedule, cron, timezone, pausedAt }) => {
      return { name: schedule, cron, timezone, isPaused: pausedAt !== null };
    }),
    areEventsPaused: events.arePaused,
    damaged: { outputs: outputs.damaged, events: events.damaged },
  };
  await folder.writeText(`${at}/function.json`, readableJson(described));
  return {
    ...{ name, version, secrets: secrets?.secrets.length ?? 0 },
    ...{ outputs: outputs.count, outputBytes: outputs.bytes },
    ...{ events: events.count, unendedEvents: events.unended, receipts: receipts.count, damaged: described.damaged },
  };
}

async function exportOutputs(name: string, receipts: ReceiptWriter, options: FunctionExport) {
  const { client, folder, say } = options;
  const damaged: string[] = [];
  let [count, bytes] = [0, 0];
  let before: string | null = null;
  do {
    const page = await client.listOutputs(name, { limit: PAGE, before });
    if (!page.isComplete) throw incomplete(name, say);
    damaged.push(...page.damaged);
    for (const { state: _state, sealed: _sealed, ...meta } of page.outputs) {
      bytes += await writeOutput(meta, options);
      await receipts.write(meta.call ?? meta.invocation);
      count++;
    }
    before = page.outputs.length < PAGE ? null : page.outputs.at(-1)!.invocation;
  } while (before !== null);
  return { damaged, count, bytes };

  async function writeOutput(meta: Omit<OutputMeta, 'sealed'>, { client: of }: FunctionExport): Promise<number> {
    const at = `functions/${name}/outputs/${meta.invocation}`;
    const body = await folder.write(`${at}/body`, await of.outputBody(meta.invocation));
    if (body.sha256 !== meta.sha256) throw outputCorrupted(meta, body.sha256, say);
    await folder.writeText(`${at}/output.json`, readableJson(meta));
    return body.bytes;
  }
}

async function exportEvents(name: string, receipts: ReceiptWriter, { client, folder }: FunctionExport) {
  const damaged: string[] = [];
  let [count, unended, arePaused] = [0, 0, false];
  await folder.write(`functions/${name}/events.jsonl`, lines());
  return { damaged, count, unended, arePaused };

  async function* lines(): AsyncGenerator<Buffer> {
    const pages = pagesOf((before) => client.events.list(name, { limit: String(PAGE), ...queryOf({ before }) }));
    for await (const page of pages) {
      arePaused = page.pausedAt !== null;
      damaged.push(...page.damaged);
      for (const summary of page.events) yield* line(summary);
    }
  }

  async function* line({ event, state }: EventSummary): AsyncGenerator<Buffer> {
    const exported = await ifThere(() => client.exports.event(event), 'event-not-found');
    if (exported === null) return;
    yield Buffer.from(`${JSON.stringify(exported)}\n`);
    count++;
    if (!TERMINAL_STATES.has(state)) unended++;
    const detail = await ifThere(() => client.events.show(event), 'event-not-found');
    for (const { invocation } of detail?.attempts ?? []) await receipts.write(invocation);
  }
}

/** Each receipt once. Calls whose receipt is not kept, or not made yet, have none. */
class ReceiptWriter {
  count = 0;
  readonly #at: string;
  readonly #options: FunctionExport;

  constructor(at: string, options: FunctionExport) {
    this.#at = at;
    this.#options = options;
  }

  async write(invocation: string): Promise<void> {
    const { client, folder } = this.#options;
    const path = `${this.#at}/${invocation}.json`;
    if (await folder.has(path)) return;
    const receipt = await ifThere(() => client.showReceipt(invocation), 'receipt-not-found');
    if (receipt === null) return;
    await folder.writeText(path, readableJson(receipt));
    this.count++;
  }
}

/** Null: it has gone meanwhile. */
async function ifThere<T>(ask: () => Promise<T>, absent: string): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isSovfnError(error) && error.code === absent) return null;
    throw error;
  }
}

function incomplete(name: string, say: Say): SovfnError {
  return new TranslatedError('store-unavailable', say('export.incomplete', { name }), {
    hint: say('export.incomplete.hint'),
  });
}
