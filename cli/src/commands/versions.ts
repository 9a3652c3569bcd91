import { shortVersion, type VersionList, type VersionSummary } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatTime } from '../format.ts';
import type { Say } from '../language.ts';
import { printable } from '../printable.ts';
import { renderSplit } from '../render-split.ts';
import { formatTable } from '../table.ts';

export const versions = defineCommand({
  examples: ['versions invoice', 'versions invoice --json'],
  args: {},
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name }, { connect, output, say, json }) {
    const list = await (await connect()).listVersions(name);
    if (json) {
      output.json(list);
      return EXIT.ok;
    }
    const isSigned = list.versions.some(({ signer }) => signer !== null);
    const head = [say('column.version'), say('column.state'), say('column.deployed'), 'URL'];
    const ofSigner = isSigned ? [say('column.signer')] : [];
    const rows = list.versions.map((version) => row(version, say, isSigned));
    output.result(formatTable([[...head, ...ofSigner], ...rows], output.width));
    for (const note of notes(list, say)) output.result(note);
    return EXIT.ok;
  },
});

function row({ version, signer, ...entry }: VersionSummary, say: Say, isSigned: boolean): string[] {
  const { state, deployedAt, previewUrl } = entry;
  const shown = [shortVersion(version), say(`versions.state.${state}`), formatTime(deployedAt), previewUrl];
  return isSigned ? [...shown, signer ?? '–'] : shown;
}

function notes({ function: name, split, versions: all }: VersionList, say: Say): string[] {
  const splitLines = split === null ? [] : renderSplit(name, split, say);
  const rolledBack = all.flatMap(({ version, rolledBack: back }) => {
    if (back === null || back.detail === null) return [];
    const facts = { version: shortVersion(version), time: formatTime(back.at), detail: printable(back.detail) };
    return [say('versions.taken-back', facts)];
  });
  return [...splitLines, ...rolledBack].map((line, position) => (position === 0 ? `\n${line}` : line));
}
