import { keyIdOf } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatTable } from '../table.ts';

export const signersList = defineCommand({
  examples: ['signers list', 'signers list --json'],
  args: {},
  positionals: {},
  async handler(_, { connect, output, say, json }) {
    const answer = await (await connect()).access.signers();
    const { tenant, list, unsigned } = answer;
    if (json) output.json(answer);
    else if (list === null) output.progress(say('signers.empty', { tenant }));
    else {
      const head = [say('column.name'), say('column.state'), say('column.public-key'), say('column.key-id')];
      const rows = list.signers.map(({ name, publicKey, isActive }) => {
        return [name, say(isActive ? 'signers.active' : 'signers.retired'), publicKey, keyIdOf(publicKey)];
      });
      output.result(formatTable([head, ...rows], output.width));
      output.result(`\n${say(list.isRequired ? 'signers.required' : 'signers.not-required', { tenant })}`);
      if (unsigned.length > 0) output.result(say('signers.unsigned', { names: unsigned.join(', ') }));
    }
    return EXIT.ok;
  },
});
