import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { NodeProgress } from '../node/run-node.ts';
import { readNamedFile } from '../read-named-file.ts';
import { printable } from '../printable.ts';

export const node = defineCommand({
  examples: ['node --enrol paris-1.json --data ./paris-1', 'node --data ./paris-1'],
  args: {
    enrol: { type: 'string', value: 'file', summary: 'node.enrol' },
    data: { type: 'string', value: 'folder', summary: 'node.data' },
    'allow-private': { type: 'boolean', summary: 'up.allow-private' },
  },
  positionals: {},
  async handler({ enrol, data, 'allow-private': allowPrivate }, { output, say, env, cwd, signal, json }) {
    const { defaultNodeFolder } = await import('../platform/index.ts');
    const [{ parseEnrolment }, { runNode }] = await Promise.all([
      import('../node/node-files.ts'),
      import('../node/run-node.ts'),
    ]);
    const tell = (event: NodeProgress): void => {
      const { green, yellow } = output.paintProgress;
      if (event.type === 'enrolled') output.progress(`${green('✔')} ${say('node.enrolled', event)}`);
      else if (event.type === 'waiting-for-platform') output.progress(yellow(printable(say('node.waiting', event))));
      else if (event.state === 'died') output.progress(yellow(say('up.part-died', partOf(event))));
      else if (event.state === 'restarting') output.progress(yellow(say('up.part-restarting', partOf(event))));
    };
    const folder = data === null ? defaultNodeFolder(env) : resolve(cwd, data);
    const bundle = enrol === null ? null : parseEnrolment(enrol, await readNamedFile(enrol, { say, cwd }));
    const running = await runNode({ data: folder, bundle, allowPrivate, onProgress: tell, signal });
    const { node: name, zones } = running;
    if (json) output.json({ v: 1, node: name, zones, data: folder });
    else output.result(say('node.ready', { node: name, zones: zones.join(', '), data: folder }));
    output.progress(output.paintProgress.dim(say('node.keep')));
    await running.stopped;
    return EXIT.ok;
  },
});

function partOf({ part, detail }: Extract<NodeProgress, { type: 'part' }>): { part: string; detail: string } {
  return { part, detail: printable(detail ?? '') };
}
