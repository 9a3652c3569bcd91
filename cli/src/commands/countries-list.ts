import type { CountryList } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { Showing } from '../context.ts';
import { formatTable } from '../table.ts';

export const countriesList = defineCommand({
  examples: ['countries list', 'countries list --json'],
  args: {},
  positionals: {},
  async handler(_, context) {
    const { connect, output, say, json } = context;
    const answer = await (await connect()).listCountries();
    if (json) output.json(answer);
    else if (answer.functions.length === 0) output.progress(say('list.empty'));
    else output.result(renderCountries(answer.functions, context));
    return EXIT.ok;
  },
});

function renderCountries(functions: CountryList['functions'], { say, output }: Showing): string {
  const rows = functions.map(({ function: name, zone, accepted, waiting }) => {
    return [name, zone, accepted.join(', '), waiting.length === 0 ? say('countries.none') : waiting.join(', ')];
  });
  return formatTable(
    [[say('column.function'), say('column.zone'), say('column.runs-in'), say('column.waits')], ...rows],
    output.width,
  );
}
