/** Entry of the process that the launcher starts. */
import './short-imports.ts';
import { EXIT } from './command.ts';
import { listenForInterruption } from './interruption.ts';
import { chooseLanguage, loadMessages, makeSay } from './language.ts';
import { runCli } from './run.ts';

const code = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: listenForInterruption((error) => void tellUnwritable(error)),
});
// An output that could not be written has set it already.
process.exitCode ??= code;

async function tellUnwritable({ message }: Error): Promise<void> {
  process.exitCode = EXIT.user;
  const say = makeSay(await loadMessages(chooseLanguage(process.env)));
  process.stderr.write(`✖ ${say('output.unwritable', { reason: message })}\n`);
}
