/** Scripts that run in the isolate around a page. They leave nothing behind that a page does not expect of its surroundings. */

/** Before the harness. `wptPage`, `wptRead` and `wptReport` are on the global object, and leave it here or in REPORT_SCRIPT. */
export const PREPARE_SCRIPT = `
{
  const { path, variant } = wptPage;
  const read = wptRead;
  delete globalThis.wptPage;
  delete globalThis.wptRead;
  const origin = 'http://web-platform.test:8000';
  const href = origin + path + variant;
  globalThis.location = { href, origin, pathname: path, search: variant, hash: '', toString: () => href };
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false };
  globalThis.fetch = async (file, init) => {
    if (String(file) === '/fetch/api/resources/echo-content.py') return new Response(new Request(href, init).body);
    const text = read(String(file));
    return text === undefined ? new Response('not found', { status: 404 }) : new Response(text);
  };
}`;

/** After the harness, before the test file. */
export const REPORT_SCRIPT = `
{
  const report = wptReport;
  delete globalThis.wptReport;
  setup({ explicit_done: true });
  add_completion_callback((tests, status) => {
    const results = tests.map(({ name, status, message }) => [String(name), status, message ?? null]);
    report(JSON.stringify([status.status, status.message ?? null, results]));
  });
}`;

/** For pages about Blob: FileReader itself is not in ECMA-429, and this is not one, but it shows what a Blob holds. */
export const READER_SCRIPT = `
globalThis.FileReader = class {
  readAsText(blob) {
    blob.text().then((text) => this.onload({ target: Object.assign(this, { result: text }) }), this.onerror);
  }
  readAsArrayBuffer(blob) {
    blob.arrayBuffer().then((bytes) => this.onload({ target: Object.assign(this, { result: bytes }) }), this.onerror);
  }
}`;

/**
 * For pages that compare interfaces with their IDL: they evaluate the texts of expressions, and ask which kind of global
 * object they are on. After the harness, which would take the answer for a worker with messages.
 */
export const IDL_SCRIPT = `
{
  const evaluate = wptEvaluate;
  delete globalThis.wptEvaluate;
  globalThis.eval = (text) => {
    let value;
    globalThis.wptTake = (given) => void (value = given);
    evaluate('wptTake(' + text + ')');
    delete globalThis.wptTake;
    return value;
  };
  globalThis.DedicatedWorkerGlobalScope = class {
    static [Symbol.hasInstance](value) {
      return value === globalThis;
    }
  };
}`;

/** After the test file, as in a worker. */
export const FINISH_SCRIPT = 'done()';

/** When the page has nothing left to do and has not finished: what is unfinished has timed out. */
export const STOP_SCRIPT = 'timeout()';
