import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import { writeNamedFile } from '../write-named-file.ts';

export const sbom = defineCommand({
  examples: ['sbom', 'sbom examples/invoice-pdf --output invoice-pdf.cdx.json'],
  args: { output: { type: 'string', short: 'o', value: 'file', summary: 'sbom.output' } },
  positionals: { folder: { optional: true, summary: 'deploy.folder' } },
  async handler({ folder, output: file }, context) {
    const { output, say, cwd, json } = context;
    const root = resolve(cwd, folder ?? '.');
    const { buildFunction } = await import('@sovfn/builder');
    const { makeSbom } = await import('@sovfn/builder/sbom');
    const text = await makeSbom(root, await buildFunction(root));
    if (file === null) {
      output.result(text.trimEnd());
      return EXIT.ok;
    }
    const path = resolve(cwd, file);
    await writeNamedFile(path, text, context);
    if (json) output.json({ file: path });
    else output.result(say('sbom.written', { file: path }));
    return EXIT.ok;
  },
});
