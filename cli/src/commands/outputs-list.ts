import { defineCommand, EXIT } from '../command.ts';
import { formatBytes, formatTime } from '../format.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';
import { usageError } from '../usage-errors.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 1_000;

export const outputsList = defineCommand({
  examples: ['outputs list invoice', 'outputs list invoice --limit 100 --json'],
  args: {
    limit: { type: 'string', short: 'n', value: 'n', summary: 'outputs.limit' },
    before: { type: 'string', value: 'invocation', summary: 'outputs.before' },
    ...READING_ARGUMENTS,
  },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, limit, before, tenant }, context) {
    const { output, say, json, locale } = context;
    const count = limit === null ? DEFAULT_LIMIT : Number(limit);
    if (!Number.isInteger(count) || count < 1 || count > LARGEST_LIMIT) {
      throw usageError(
        say('outputs.bad-limit', { limit: limit ?? '' }),
        say('outputs.bad-limit.hint', { most: LARGEST_LIMIT }),
      );
    }
    const answer = await (await connectToRead(tenant, context)).listOutputs(name, { limit: count, before });
    if (json) output.json(answer);
    else if (answer.outputs.length === 0) output.progress(say('outputs.empty', { name }));
    else {
      const head = [
        say('column.invocation'),
        say('column.ended'),
        'status',
        say('column.size'),
        'type',
        say('column.state'),
      ];
      const rows = answer.outputs.map((kept) => {
        const { invocation, endedAt, status, bytes, contentType, state } = kept;
        const type = printable(contentType?.split(';', 1)[0] ?? '–');
        return [
          invocation,
          formatTime(endedAt),
          String(status),
          formatBytes(bytes, locale),
          type,
          say(`outputs.${state}`),
        ];
      });
      output.result(formatTable([head, ...rows], output.width));
    }
    if (!answer.isComplete) output.progress(output.paintProgress.yellow(say('outputs.incomplete')));
    for (const invocation of answer.damaged)
      output.progress(output.paintProgress.red(say('outputs.damaged', { invocation })));
    return EXIT.ok;
  },
});
