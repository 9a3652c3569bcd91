import { defineCommand, EXIT } from '../command.ts';
import { formatBytes } from '../format.ts';

export const outputsVerify = defineCommand({
  examples: ['outputs verify 01k2v5w8q9xr3t7yb4n6m0zc1d'],
  args: {},
  positionals: { invocation: { summary: 'argument.invocation' } },
  async handler({ invocation }, { connect, output, say, json, locale }) {
    const verified = await (await connect()).verifyOutput(invocation);
    const { bytes, sha256 } = verified;
    if (json) output.json(verified);
    else
      output.result(
        `${output.paint.green('✔')} ${say('outputs.verified', { size: formatBytes(bytes, locale), sha256 })}`,
      );
    return EXIT.ok;
  },
});
