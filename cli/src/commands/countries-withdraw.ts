import { countryListSchema, countrySchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { ControlClient } from '../api/control-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import { usageError } from '../usage-errors.ts';

export const countriesWithdraw = defineCommand({
  examples: ['countries withdraw DE', 'countries withdraw DE --function invoice'],
  args: { function: { type: 'string', value: 'name', summary: 'countries.withdraw.function' } },
  positionals: { country: { summary: 'argument.country' } },
  async handler({ country, function: name }, { connect, output, say, json }) {
    if (!countrySchema.safeParse(country).success) {
      throw usageError(say('countries.invalid', { country }), 'sovfn countries withdraw --help');
    }
    const client = await connect();
    const names = name === null ? await thoseThat(client, country) : [name];
    const functions = [];
    for (const one of names) functions.push(await client.withdrawCountry(one, country));
    if (json) output.json(countryListSchema.parse({ v: PROTOCOL_VERSION, functions }));
    else if (names.length === 0) output.progress(say('countries.nothing-to-withdraw', { country }));
    else {
      const withdrawn = say('countries.withdrawn', { country, names: names.join(', ') });
      output.result(`${output.paint.green('✔')} ${withdrawn}`);
    }
    return EXIT.ok;
  },
});

/** Functions that may run there and elsewhere. */
async function thoseThat(client: ControlClient, country: string): Promise<string[]> {
  const { functions } = await client.listCountries();
  const several = functions.filter(({ accepted }) => accepted.includes(country) && accepted.length > 1);
  return several.map(({ function: name }) => name);
}
