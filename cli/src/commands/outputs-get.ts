import type { OutputMeta } from '@sovfn/protocol';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { outputCorrupted } from '../api/output-corrupted.ts';
import { streamLost } from '../api/stream-lost.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatBytes } from '../format.ts';
import { printable } from '../printable.ts';
import { usageError } from '../usage-errors.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

const TEXT_TYPE = /^(?:text\/|application\/(?:json|xml|javascript|[\w.-]+\+(?:json|xml)))/;

export const outputsGet = defineCommand({
  examples: [
    'outputs get 01k2v5w8q9xr3t7yb4n6m0zc1d --output invoice.pdf',
    'outputs get 01k2v5w8q9xr3t7yb4n6m0zc1d > invoice.pdf',
    'outputs get 01k2v5w8q9xr3t7yb4n6m0zc1d --json',
  ],
  args: { output: { type: 'string', short: 'o', value: 'file', summary: 'outputs.get.output' }, ...READING_ARGUMENTS },
  positionals: { invocation: { summary: 'argument.invocation' } },
  async handler({ invocation, output: file, tenant }, context) {
    const { output, say, json, locale } = context;
    const client = await connectToRead(tenant, context);
    const meta = await client.showOutput(invocation);
    if (json && file === null) {
      output.json(meta);
      return EXIT.ok;
    }
    if (file === null && output.isTerminal && !TEXT_TYPE.test(meta.contentType ?? '')) {
      const type = printable(meta.contentType ?? 'application/octet-stream');
      throw usageError(say('outputs.get.binary', { type }), say('outputs.get.binary.hint'));
    }
    const checked = checkedBytes(await client.outputBody(invocation), meta, context);
    if (file === null) for await (const chunk of checked) await output.bytes(chunk);
    else await saveWhole(checked, resolve(context.cwd, file));
    if (json) output.json(meta);
    else output.progress(say('outputs.get.done', { size: formatBytes(meta.bytes, locale), sha256: meta.sha256 }));
    return EXIT.ok;
  },
});

/** The bytes as they come; throws at the end when they are not those that were kept. */
async function* checkedBytes(body: AsyncIterable<Buffer>, meta: OutputMeta, context: CommandContext) {
  const hash = createHash('sha256');
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    throw streamLost(cause, context);
  }
  const sha256 = hash.digest('hex');
  if (sha256 === meta.sha256) return;
  throw outputCorrupted(meta, sha256, context.say);
}

/** The file appears whole or not at all. */
async function saveWhole(bytes: AsyncIterable<Buffer>, path: string): Promise<void> {
  const partial = `${path}.part-${process.pid}`;
  try {
    await pipeline(Readable.from(bytes), createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
