import { defineCommand, EXIT } from '../command.ts';
import { readEvent } from '../events/event-arguments.ts';
import { renderEvent } from '../events/render-event.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

export const eventsShow = defineCommand({
  examples: ['events show 01k2v5w8q9xr3t7yb4n6m0zc1d', 'events show 01k2v5w8q9xr3t7yb4n6m0zc1d --json'],
  args: READING_ARGUMENTS,
  positionals: { event: { summary: 'argument.event' } },
  async handler({ event, tenant }, context) {
    const { output, json } = context;
    const detail = await (await connectToRead(tenant, context)).events.show(readEvent(event, context));
    if (json) output.json(detail);
    else output.result(renderEvent(detail, context));
    return EXIT.ok;
  },
});
