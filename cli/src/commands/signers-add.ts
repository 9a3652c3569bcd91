import { keyIdOf, signerSchema } from '@sovfn/protocol';
import { changeSigners } from '../change-signers.ts';
import { defineCommand, EXIT } from '../command.ts';
import { SIGN_KEY_ARGUMENT } from '../signing-key.ts';
import { usageError } from '../usage-errors.ts';

export const signersAdd = defineCommand({
  examples: ['signers add ada 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo --sign-key ada.key'],
  args: SIGN_KEY_ARGUMENT,
  positionals: { name: { summary: 'argument.signer' }, 'public-key': { summary: 'argument.public-key' } },
  async handler({ name, 'public-key': publicKey, 'sign-key': signKey }, context) {
    const { output, say, json } = context;
    const parsed = signerSchema.safeParse({ name, publicKey, isActive: true });
    if (!parsed.success) throw usageError(say('signers.bad', { name, key: publicKey }), say('signers.bad.hint'));
    const answer = await changeSigners(
      {
        signKey,
        change: ({ signers, ...list }) => {
          const others = signers.filter((signer) => signer.name !== name || signer.publicKey !== publicKey);
          const taken = others.find((signer) => signer.name === name || signer.publicKey === publicKey);
          if (taken === undefined) return { ...list, signers: [...others, parsed.data] };
          const facts = { name: taken.name, id: keyIdOf(taken.publicKey) };
          throw usageError(say('signers.taken', facts), say('signers.taken.hint'));
        },
      },
      context,
    );
    if (json) output.json(answer);
    else {
      output.result(`${output.paint.green('✔')} ${say('signers.added', { name, tenant: answer.tenant })}`);
      if (answer.list?.isRequired === false) output.result(`  ${say('signers.next')}`);
    }
    return EXIT.ok;
  },
});
