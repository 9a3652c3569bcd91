/**
 * Runs one page in an isolate of its own, with the runtime's prelude in it.
 *
 * The page finds what a worker of a browser would give it beside the runtime's own globals: `location`, `GLOBAL`, and a
 * `fetch` that reads files of the suite, as the server of the Web Platform Tests would answer them. Pages that look into
 * Blobs by the suite's own means get a FileReader that reads with the runtime's Blob; pages that compare interfaces with
 * their IDL get an `eval`, which the runtime closes. Nothing else is lent.
 * Time is the host's to show: when nothing else is left to do, the clock goes to the next timer, so that waiting is free.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import ivm from 'isolated-vm';
import { z } from 'zod';
import { Guest } from '../../test/guest/harness.ts';
import { resolveInSuite } from '../suite/test-file.ts';
import {
  FINISH_SCRIPT,
  IDL_SCRIPT,
  PREPARE_SCRIPT,
  READER_SCRIPT,
  REPORT_SCRIPT,
  STOP_SCRIPT,
} from './page-scripts.ts';
import { pageFailure, type PageTask, type Subtest } from './result.ts';

const MEMORY_MB = 512;
/** Between the isolate's start and the page's: its clock stands still while it runs, and pages expect to be past zero. */
const LOADING_MS = 5;
/** What the server of the Web Platform Tests serves under another path. */
const ALIASES: Readonly<Record<string, string>> = { 'resources/WebIDLParser.js': 'resources/webidl2/lib/webidl2.js' };
const SCRIPT_TIMEOUT_MS = 30_000;
/** Timers that a page may have fired before it is taken for one that never ends. */
const MOST_TIMERS = 20_000;
/** How often a page that waits for the host's work is looked at. */
const POLL_MS = 1;
/** Its functions compare the contents of Blobs, which they read with a FileReader. */
const BLOB_SUPPORT = 'FileAPI/support/Blob.js';
const IDL_HARNESS = 'resources/idlharness.js';

/** The harness's report: its own status (0: fine), and `[name, status (0: passed), message]` of each subtest. */
const reportSchema = z.tuple([
  z.number(),
  z.string().nullable(),
  z.array(z.tuple([z.string(), z.number(), z.string().nullable()])),
]);
type Report = z.output<typeof reportSchema>;

export async function runPage(task: PageTask): Promise<Subtest[]> {
  using page = new Page(task);
  return await page.run();
}

class Page implements Disposable {
  readonly #guest = new Guest({ memoryMb: MEMORY_MB });
  readonly #task: PageTask;
  readonly #problems: string[] = [];
  #report: Report | null = null;
  #isLoaded = false;

  constructor(task: PageTask) {
    this.#task = task;
    const { global } = this.#guest.context;
    global.setSync(
      'wptRead',
      new ivm.Callback((path: string) => this.#readFile(resolveInSuite(path, this.#task.path))),
    );
    global.setSync(
      'wptReport',
      new ivm.Callback((json: string) => void (this.#report = reportSchema.parse(JSON.parse(json)))),
    );
    global.setSync('wptLoaded', new ivm.Callback(() => void (this.#isLoaded = true)));
  }

  async run(): Promise<Subtest[]> {
    const { path, variant, scripts } = this.#task;
    this.#guest.enter('begin', [true, 0, undefined]);
    this.#guest.now += LOADING_MS;
    this.#guest.enter('begin', [true, 0, undefined]);
    this.#runScript(
      `globalThis.wptPage = ${JSON.stringify({ path: `/${path}`, variant })};${PREPARE_SCRIPT}`,
      'prepare',
    );
    this.#runFile('resources/testharness.js');
    this.#runScript(REPORT_SCRIPT, 'report');
    if (scripts.includes(BLOB_SUPPORT)) this.#runScript(READER_SCRIPT, 'reader');
    if (scripts.includes(IDL_HARNESS)) this.#lendEvaluation();
    for (const script of [...scripts, path]) this.#runFile(script);
    this.#runScript(FINISH_SCRIPT, 'finish');
    await this.#settle();
    if (this.#report === null) this.#runScript(STOP_SCRIPT, 'stop');
    return this.#subtests();
  }

  [Symbol.dispose](): void {
    this.#guest[Symbol.dispose]();
  }

  /** Lets the host's own work come back first: only when there is none does the clock go to the next timer. */
  async #settle(): Promise<void> {
    let fired = 0;
    while (this.#report === null && fired < MOST_TIMERS) {
      await (this.#guest.isBusy ? setTimeout(POLL_MS) : setImmediate());
      if (!this.#guest.isBusy && this.#guest.timers.size === 0) return;
      if (!this.#guest.isBusy) {
        this.#guest.fireTimers(1);
        fired++;
      }
      this.#tellOrphans();
    }
  }

  #lendEvaluation(): void {
    const { context } = this.#guest;
    const evaluate = (text: string): void => void context.evalSync(text, { timeout: SCRIPT_TIMEOUT_MS });
    context.global.setSync('wptEvaluate', new ivm.Callback(evaluate));
    this.#runScript(IDL_SCRIPT, 'idl');
  }

  #runFile(path: string): void {
    const text = this.#readFile(path);
    if (text === undefined) this.#problems.push(`${path} is not in the suite`);
    else this.#runScript(text, path);
  }

  /** An exception of the script itself is the page's problem; a rejection that nobody handled is the guest's own affair. */
  #runScript(text: string, filename: string): void {
    const { context, orphans } = this.#guest;
    this.#isLoaded = false;
    try {
      context.evalSync(`${text}\n;wptLoaded();`, { filename, timeout: SCRIPT_TIMEOUT_MS });
    } catch (error) {
      if (this.#isLoaded) orphans.push(error);
      else this.#problems.push(`${filename}: ${String(error)}`);
    }
    this.#tellOrphans();
  }

  /** As the cell does: what came out of an entry goes back in, to the listeners for `unhandledrejection`. */
  #tellOrphans(): void {
    const { orphans } = this.#guest;
    for (const orphan of orphans.splice(0)) {
      const { name, message, stack } = orphan instanceof Error ? orphan : new Error(String(orphan));
      this.#guest.enter('orphan', [0, name, message, stack ?? '']);
    }
  }

  #readFile(path: string): string | undefined {
    try {
      return readFileSync(join(this.#task.suite, ALIASES[path] ?? path), 'utf8');
    } catch {
      // The caller says which file is missing, or answers the page's fetch with 404.
      return undefined;
    }
  }

  #subtests(): Subtest[] {
    if (this.#report === null) return [pageFailure(['the harness did not report', ...this.#problems].join('; '))];
    const [status, message, tests] = this.#report;
    const subtests = tests.map(([name, code, why]) => ({ name, isPassed: code === 0, message: why }));
    if (status !== 0) this.#problems.push(`harness status ${status}: ${message ?? ''}`);
    if (this.#problems.length > 0) subtests.push(pageFailure(this.#problems.join('; ')));
    if (subtests.length === 0) subtests.push(pageFailure('the file has no subtests'));
    return numberRepeatedNames(subtests);
  }
}

/** Names must tell subtests apart; some files use one twice. */
function numberRepeatedNames(subtests: readonly Subtest[]): Subtest[] {
  const counts = new Map<string, number>();
  return subtests.map((subtest) => {
    const count = (counts.get(subtest.name) ?? 0) + 1;
    counts.set(subtest.name, count);
    return count === 1 ? subtest : { ...subtest, name: `${subtest.name} (${count})` };
  });
}
