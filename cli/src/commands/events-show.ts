import { defineCommand, EXIT } from '../command.ts';
import { readEvent } from '../events/event-arguments.ts';
import { renderEvent } from '../events/render-event.ts';

export const eventsShow = defineCommand({
  examples: ['events show 01k2v5w8q9xr3t7yb4n6m0zc1d', 'events show 01k2v5w8q9xr3t7yb4n6m0zc1d --json'],
  args: {},
  positionals: { event: { summary: 'argument.event' } },
  async handler({ event }, context) {
    const { connect, output, json } = context;
    const detail = await (await connect()).events.show(readEvent(event, context));
    if (json) output.json(detail);
    else output.result(renderEvent(detail, context));
    return EXIT.ok;
  },
});
