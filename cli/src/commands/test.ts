import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';

export const test = defineCommand({
  examples: ['test', 'test examples/invoice-pdf --watch', 'test --only "greets"'],
  args: {
    only: { type: 'string', value: 'pattern', summary: 'test.only' },
    watch: { type: 'boolean', summary: 'test.watch' },
  },
  positionals: { folder: { optional: true, summary: 'deploy.folder' } },
  async handler({ folder, only, watch }, { cwd, output, env, json, signal }) {
    const root = resolve(cwd, folder ?? '.');
    const { readConfig } = await import('@sovfn/builder');
    await readConfig(root);
    const flags = [
      ...(only === null ? [] : [`--test-name-pattern=${only}`]),
      // In one process, all files use one platform; the runner cannot watch then.
      watch ? '--watch' : '--test-isolation=none',
    ];
    // With --json, stdout is for the result alone.
    const stdio = ['ignore', json ? 'pipe' : 'inherit', 'inherit'] as const;
    const runner = spawn(process.execPath, ['--test', ...flags], { cwd: root, env, stdio: [...stdio] });
    runner.stdout?.on('data', (chunk: Buffer) => output.progress(chunk.toString('utf8').trimEnd()));
    signal.addEventListener('abort', () => runner.kill('SIGINT'));
    const [code] = (await once(runner, 'close')) as [number | null];
    signal.throwIfAborted();
    if (json) output.json({ v: 1, folder: root, passed: code === 0 });
    return code === 0 ? EXIT.ok : EXIT.user;
  },
});
