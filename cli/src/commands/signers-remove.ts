import { changeSigners } from '../change-signers.ts';
import { defineCommand, EXIT } from '../command.ts';
import { SIGN_KEY_ARGUMENT } from '../signing-key.ts';
import { usageError } from '../usage-errors.ts';

export const signersRemove = defineCommand({
  examples: ['signers remove ada --sign-key grace.key', 'signers remove ada --stop-versions --sign-key grace.key'],
  args: { ...SIGN_KEY_ARGUMENT, 'stop-versions': { type: 'boolean', summary: 'signers.stop-versions' } },
  positionals: { name: { summary: 'argument.signer' } },
  async handler({ name, 'sign-key': signKey, 'stop-versions': stops }, context) {
    const { output, say, json } = context;
    const answer = await changeSigners(
      {
        signKey,
        change: ({ signers, ...list }) => {
          const found = signers.find((signer) => signer.name === name);
          if (found === undefined) throw usageError(say('signers.unknown', { name }), say('signers.unknown.hint'));
          const others = signers.filter((signer) => signer !== found);
          if (!others.some(({ isActive }) => isActive)) {
            throw usageError(say('signers.last', { name }), say('signers.last.hint'));
          }
          return { ...list, signers: stops ? others : [...others, { ...found, isActive: false }] };
        },
      },
      context,
    );
    if (json) output.json(answer);
    else {
      const done = say(stops ? 'signers.removed' : 'signers.retired-now', { name });
      output.result(`${output.paint.green('✔')} ${done}`);
      if (answer.unsigned.length > 0)
        output.result(`  ${say('signers.unsigned', { names: answer.unsigned.join(', ') })}`);
    }
    return EXIT.ok;
  },
});
