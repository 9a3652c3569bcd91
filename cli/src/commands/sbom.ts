import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';

export const sbom = defineCommand({
  examples: ['sbom', 'sbom examples/invoice-pdf --output invoice-pdf.cdx.json'],
  args: { output: { type: 'string', short: 'o', value: 'file', summary: 'sbom.output' } },
  positionals: { folder: { optional: true, summary: 'deploy.folder' } },
  async handler({ folder, output: file }, { output, say, cwd, json }) {
    const root = resolve(cwd, folder ?? '.');
    const { buildFunction } = await import('@sovfn/builder');
    const { makeSbom } = await import('@sovfn/builder/sbom');
    const text = await makeSbom(root, await buildFunction(root));
    if (file === null) {
      output.result(text.trimEnd());
      return EXIT.ok;
    }
    const path = resolve(cwd, file);
    await writeFile(path, text);
    if (json) output.json({ file: path });
    else output.result(say('sbom.written', { file: path }));
    return EXIT.ok;
  },
});
