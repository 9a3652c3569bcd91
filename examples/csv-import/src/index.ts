import type { Handler } from 'sovfn';
import { filesAnswer, summaryAnswer } from './answer.ts';
import { readCsvText } from './csv/read-csv-text.ts';
import { importSuppliers } from './import-suppliers.ts';
import { problem, UnusableFileError } from './problem.ts';

/**
 * Checks a CSV file of French suppliers: `POST` the file, the answer holds two files, the accepted rows and the rejected
 * ones with the reasons. With `Accept: application/json` it is a summary instead.
 */
export default {
  async fetch(request) {
    if (request.method !== 'POST') {
      const detail = `${request.method} is not possible here: POST a CSV file`;
      return problem({ status: 405, title: 'Method not allowed', detail }, { allow: 'POST' });
    }
    try {
      const result = importSuppliers(await readCsvText(request));
      const wantsSummary = request.headers.get('accept')?.includes('application/json') === true;
      return wantsSummary ? summaryAnswer(result) : filesAnswer(result);
    } catch (error) {
      if (error instanceof UnusableFileError) return problem(error.facts);
      throw error;
    }
  },
} satisfies Handler;
