import type { SecretSummary } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatTime } from '../format.ts';
import type { Say } from '../language.ts';
import { formatTable } from '../table.ts';

export const secretsList = defineCommand({
  examples: ['secrets list ledger', 'secrets list ledger --json'],
  args: {},
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: owner }, { connect, output, say, json }) {
    const answer = await (await connect()).listSecrets(owner);
    if (json) output.json(answer);
    else if (answer.secrets.length === 0) output.progress(say('secrets.list.empty', { owner }));
    else {
      const head = [
        say('column.secret'),
        say('column.version'),
        say('column.set'),
        say('column.previous'),
        say('column.state'),
        say('column.in-code'),
      ];
      const rows = answer.secrets.map(({ name, version, setAt, previousAcceptedUntil, isUsed, code }) => {
        const previous = previousAcceptedUntil === null ? '–' : formatTime(previousAcceptedUntil);
        const state = say(isUsed ? 'secrets.used' : 'secrets.unused');
        return [name, String(version), formatTime(setAt), previous, state, inCode(code, say)];
      });
      output.result(formatTable([head, ...rows], output.width));
    }
    for (const name of answer.missing)
      output.progress(output.paintProgress.yellow(say('secrets.missing', { owner, name })));
    return EXIT.ok;
  },
});

function inCode(code: SecretSummary['code'], say: Say): string {
  if (code === null) return '–';
  if (code.isExposed) return say('secrets.exposed');
  const origins = code.origins.join(', ');
  if (!code.isForSigning) return say('secrets.placeholder', { origins });
  return origins === '' ? say('secrets.signing') : say('secrets.signing-and-sent', { origins });
}
