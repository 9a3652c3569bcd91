import { changeSigners } from '../change-signers.ts';
import { defineCommand, EXIT } from '../command.ts';
import { SIGN_KEY_ARGUMENT } from '../signing-key.ts';
import { usageError } from '../usage-errors.ts';

export const signersRequire = defineCommand({
  examples: ['signers require --sign-key ada.key', 'signers require --off --sign-key ada.key'],
  args: { ...SIGN_KEY_ARGUMENT, off: { type: 'boolean', summary: 'signers.off' } },
  positionals: {},
  async handler({ 'sign-key': signKey, off }, context) {
    const { output, say, json } = context;
    const answer = await changeSigners(
      {
        signKey,
        change: ({ signers }) => {
          if (signers.length === 0) throw usageError(say('signers.none'), say('signers.none.hint'));
          return { isRequired: !off, signers };
        },
      },
      context,
    );
    const { tenant } = answer;
    if (json) output.json(answer);
    else {
      const told = say(off ? 'signers.not-required' : 'signers.required', { tenant });
      output.result(`${output.paint.green('✔')} ${told}`);
    }
    return EXIT.ok;
  },
});
