import type { Bundle } from './bundle.ts';

/** A script put together of bundles, with a source map that has a section for each. */
export class ScriptText {
  #text = '';
  readonly #sections: { offset: { line: number; column: number }; map: unknown }[] = [];

  get text(): string {
    return this.#text;
  }

  add(text: string): void {
    this.#text += text;
  }

  /** Must come at the start of a line. */
  addBundle({ text, map }: Bundle): void {
    const line = this.#text.split('\n').length - 1;
    this.#sections.push({ offset: { line, column: 0 }, map: JSON.parse(map) as unknown });
    this.#text += text;
  }

  map(): string {
    return JSON.stringify({ version: 3, sections: this.#sections });
  }
}
