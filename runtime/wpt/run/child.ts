/** A child process: runs one page after another as they are sent to it. One that crashes costs the page it was running. */
import { pageFailure, type PageResult, pageTaskSchema } from './result.ts';
import { runPage } from './page.ts';

process.on('message', (message) => void answer(message));
process.send!('ready');

async function answer(message: unknown): Promise<void> {
  const task = pageTaskSchema.parse(message);
  let result: PageResult;
  try {
    result = { page: task.page, subtests: await runPage(task) };
  } catch (error) {
    result = { page: task.page, subtests: [pageFailure(`the isolate ended: ${String(error)}`)] };
  }
  process.send!(result);
}
