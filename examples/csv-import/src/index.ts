import type { Bucket, Handler } from 'sovfn';
import { csvFiles, filesAnswer, summaryAnswer } from './answer.ts';
import { readCsvText } from './csv/read-csv-text.ts';
import { importSuppliers } from './import-suppliers.ts';
import { importId, keepFiles, readKeptFile } from './kept-files.ts';
import { problem, UnusableFileError } from './problem.ts';

interface Env {
  readonly IMPORTS: Bucket;
}

/**
 * Checks a CSV file of French suppliers: `POST` the file. The accepted rows and the rejected ones with the reasons are kept
 * as two files in the object store and answered together; with `Accept: application/json` the answer is a summary.
 * `GET /<id>/accepted.csv` gives one of the files again.
 */
export default {
  async fetch(request, { IMPORTS }) {
    if (request.method === 'POST') return importFile(request, IMPORTS);
    if (request.method !== 'GET') {
      const detail = `${request.method} is not possible here: POST a CSV file`;
      return problem({ status: 405, title: 'Method not allowed', detail }, { allow: 'GET, POST' });
    }
    const kept = await readKeptFile(IMPORTS, new URL(request.url).pathname);
    return kept ?? problem({ status: 404, title: 'Not found', detail: 'There is no such file; POST one to import it' });
  },
} satisfies Handler<Env>;

async function importFile(request: Request, bucket: Bucket): Promise<Response> {
  try {
    const text = await readCsvText(request);
    const result = importSuppliers(text);
    const [id, files] = [await importId(text), csvFiles(result)];
    await keepFiles(bucket, id, files);
    const wantsSummary = request.headers.get('accept')?.includes('application/json') === true;
    return wantsSummary ? summaryAnswer(result, id) : filesAnswer(files);
  } catch (error) {
    if (error instanceof UnusableFileError) return problem(error.facts);
    throw error;
  }
}
