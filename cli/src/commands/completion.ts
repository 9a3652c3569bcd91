import { defineCommand, EXIT } from '../command.ts';
import type { OfferedCommand } from '../completion/completion-table.ts';
import { nearest, usageError } from '../usage-errors.ts';

type MakeCompletion = (table: readonly OfferedCommand[]) => string;

const SHELLS: Readonly<Record<string, () => Promise<MakeCompletion>>> = {
  bash: async () => (await import('../completion/bash.ts')).bashCompletion,
  zsh: async () => (await import('../completion/zsh.ts')).zshCompletion,
  fish: async () => (await import('../completion/fish.ts')).fishCompletion,
};

export const completion = defineCommand({
  examples: ['completion bash > ~/.local/share/bash-completion/completions/sovfn', 'completion zsh', 'completion fish'],
  args: {},
  positionals: { shell: { choices: Object.keys(SHELLS), summary: 'completion.shell' } },
  async handler({ shell }, { output, say, json }) {
    const load = Object.hasOwn(SHELLS, shell) ? SHELLS[shell]! : null;
    if (load === null) {
      const near = nearest(shell, Object.keys(SHELLS));
      const hint = near === null ? say('completion.shells') : say('usage.did-you-mean', { name: near });
      throw usageError(say('completion.unknown-shell', { shell }), hint);
    }
    const { completionTable } = await import('../completion/completion-table.ts');
    const script = (await load())(await completionTable(say));
    if (json) output.json({ v: 1, shell, script });
    else output.result(script);
    return EXIT.ok;
  },
});
