/** Entry of the process that the launcher starts. */
import { listenForInterruption } from './interruption.ts';
import { runCli } from './run.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: listenForInterruption(),
});
