import { shortVersion, type VersionChange } from '@sovfn/protocol';
import { EXIT, type ExitCode } from './command.ts';
import type { CommandContext } from './context.ts';
import { formatSeconds } from './format.ts';
import { renderSplit } from './render-split.ts';

/** What answers now. `startedAt`: when the command began, on the clock of `performance.now()`. */
export function showVersionChange(change: VersionChange, startedAt: number, context: CommandContext): ExitCode {
  const { output, say, json, locale } = context;
  const { function: name, current, before, split } = change;
  for (const secret of change.missingSecrets) {
    output.progress(output.paintProgress.yellow(say('secrets.missing', { owner: name, name: secret })));
  }
  if (json) {
    output.json(change);
    return EXIT.ok;
  }
  const { green, bold, dim } = output.paint;
  const time = formatSeconds(performance.now() - startedAt, locale);
  const told =
    before === current
      ? say('versions.stays', { time })
      : say('versions.answers', { before: shortVersion(before), time });
  output.result(`${green('✔')} ${bold(name)} ${dim(`${shortVersion(current)}…`)} ${told}  →  ${change.urls[0] ?? ''}`);
  if (split !== null) for (const line of renderSplit(name, split, say)) output.result(`  ${line}`);
  return EXIT.ok;
}
