import handler from '../src/index.ts';
import { memoryBucket } from './memory-bucket.ts';

export const HEADER = 'code;raison_sociale;siret;tva;iban;encours';
export const ROW = 'F1;Établissements Noël;40483304800022;FR83404833048;FR7630006000011234567890189;1234,56';

const IMPORTS = memoryBucket();

export function call(init: RequestInit, path = '/'): Promise<Response> {
  return handler.fetch(new Request(`https://sovfn.example${path}`, init), { IMPORTS });
}

export function postCsv(body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return call({ method: 'POST', body, headers: { 'content-type': 'text/csv', ...headers } });
}

export interface Summary {
  readonly files: readonly [accepted: string, rejected: string];
  readonly rows: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly acceptedOutstanding: string;
  readonly reasons: { reason: string; count: number }[];
  readonly firstRejected: { line: number; reasons: string[] }[];
}

export async function summaryOf(body: BodyInit): Promise<Summary> {
  const answer = await postCsv(body, { accept: 'application/json' });
  return (await answer.json()) as Summary;
}

/** Both files of an answer as lines, without the byte order mark. */
export async function filesOf(answer: Response): Promise<{ accepted: string[]; rejected: string[] }> {
  const form = await answer.formData();
  const lines = async (name: string) => {
    const file = form.get(name);
    if (!(file instanceof File)) throw new Error(`the answer has no file "${name}"`);
    return (await file.text())
      .replace(/^\ufeff/, '')
      .split('\r\n')
      .slice(0, -1);
  };
  return { accepted: await lines('accepted'), rejected: await lines('rejected') };
}
