import { defineCommand, EXIT } from '../command.ts';
import { readEvent } from '../events/event-arguments.ts';
import { renderLetter } from '../events/render-event.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

export const dlqShow = defineCommand({
  examples: ['dlq show 01k2v5w8q9xr3t7yb4n6m0zc1d', 'dlq show 01k2v5w8q9xr3t7yb4n6m0zc1d --json'],
  args: READING_ARGUMENTS,
  positionals: { event: { summary: 'argument.event' } },
  async handler({ event, tenant }, context) {
    const { output, json } = context;
    const letter = await (await connectToRead(tenant, context)).events.showLetter(readEvent(event, context));
    if (json) output.json(letter);
    else output.result(renderLetter(letter, context));
    return EXIT.ok;
  },
});
