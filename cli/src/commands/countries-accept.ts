import { countryListSchema, countrySchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { ControlClient } from '../api/control-client.ts';
import { defineCommand, EXIT } from '../command.ts';
import { usageError } from '../usage-errors.ts';

export const countriesAccept = defineCommand({
  examples: ['countries accept DE', 'countries accept DE --function invoice'],
  args: { function: { type: 'string', value: 'name', summary: 'countries.accept.function' } },
  positionals: { country: { summary: 'argument.country' } },
  async handler({ country, function: name }, { connect, output, say, json }) {
    if (!countrySchema.safeParse(country).success) {
      throw usageError(say('countries.invalid', { country }), 'sovfn countries accept --help');
    }
    const client = await connect();
    const names = name === null ? await waitingFor(client, country) : [name];
    const functions = [];
    for (const one of names) functions.push(await client.acceptCountry(one, country));
    if (json) output.json(countryListSchema.parse({ v: PROTOCOL_VERSION, functions }));
    else if (names.length === 0) output.progress(say('countries.nothing-waits', { country }));
    else {
      const accepted = say('countries.accepted', { country, names: names.join(', ') });
      output.result(`${output.paint.green('✔')} ${accepted}`);
    }
    return EXIT.ok;
  },
});

async function waitingFor(client: ControlClient, country: string): Promise<string[]> {
  const { functions } = await client.listCountries();
  return functions.filter(({ waiting }) => waiting.includes(country)).map(({ function: name }) => name);
}
