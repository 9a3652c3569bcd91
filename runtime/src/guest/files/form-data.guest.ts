import { defineInterface } from '../core/interface.guest.ts';
import { definePairIterable } from '../core/pair-iterable.guest.ts';
import { isObject, requireArguments, usvString } from '../core/webidl.guest.ts';
import { bytesOf, type Blob, type File, fileOf, isBlob, isFile } from './blob.guest.ts';

export type FormEntry = [string, string | File];

let entriesOf: (form: FormData) => FormEntry[];
let isFormData: (value: unknown) => value is FormData;

export class FormData {
  #entries: FormEntry[] = [];

  static {
    entriesOf = (form) => form.#entries;
    isFormData = (value): value is FormData => isObject(value) && #entries in value;
    definePairIterable(this.prototype, 'FormData', entriesOf);
  }

  /** There are no form elements here that it could read. */
  constructor(form: unknown = undefined) {
    if (form !== undefined) throw new TypeError('FormData: form is not an HTMLFormElement');
  }

  append(name: unknown, value: unknown, filename: unknown = undefined): void {
    requireArguments(arguments.length, 2, 'FormData.append');
    this.#entries.push(makeEntry(name, value, arguments.length > 2, filename));
  }

  delete(name: unknown): void {
    requireArguments(arguments.length, 1, 'FormData.delete');
    const key = usvString(name);
    this.#entries = this.#entries.filter((entry) => entry[0] !== key);
  }

  get(name: unknown): string | File | null {
    requireArguments(arguments.length, 1, 'FormData.get');
    const key = usvString(name);
    return this.#entries.find((entry) => entry[0] === key)?.[1] ?? null;
  }

  getAll(name: unknown): (string | File)[] {
    requireArguments(arguments.length, 1, 'FormData.getAll');
    const key = usvString(name);
    return this.#entries.filter((entry) => entry[0] === key).map((entry) => entry[1]);
  }

  has(name: unknown): boolean {
    requireArguments(arguments.length, 1, 'FormData.has');
    const key = usvString(name);
    return this.#entries.some((entry) => entry[0] === key);
  }

  set(name: unknown, value: unknown, filename: unknown = undefined): void {
    requireArguments(arguments.length, 2, 'FormData.set');
    const entry = makeEntry(name, value, arguments.length > 2, filename);
    const first = this.#entries.findIndex((other) => other[0] === entry[0]);
    if (first === -1) this.#entries.push(entry);
    else
      this.#entries = this.#entries
        .filter((other, index) => index <= first || other[0] !== entry[0])
        .with(first, entry);
  }
}

defineInterface(FormData, 'FormData');

/** "Create an entry" of the XHR Standard: a blob becomes a file. */
function makeEntry(name: unknown, value: unknown, hasFilename: boolean, filename: unknown): FormEntry {
  const key = usvString(name);
  if (isBlob(value)) return [key, asFile(value, filename === undefined ? undefined : usvString(filename))];
  if (hasFilename) throw new TypeError('FormData: a filename was given with a value that is not a Blob');
  return [key, usvString(value)];
}

function asFile(blob: Blob, filename: string | undefined): File {
  if (isFile(blob)) {
    return filename === undefined ? blob : fileOf(bytesOf(blob), blob.type, filename, blob.lastModified);
  }
  return fileOf(bytesOf(blob), blob.type, filename ?? 'blob');
}

export { entriesOf, isFormData };
