import { expect } from 'vitest';
import { inGuest } from './harness.ts';

const AsyncFunction = (async () => undefined).constructor as new (...args: string[]) => () => Promise<unknown>;

/** Runs `code` as the body of an async function in Node, which has the same Web APIs, and returns what it returns. */
export async function inNode(code: string): Promise<unknown> {
  const result = await new AsyncFunction(code)();
  return JSON.parse(JSON.stringify(result ?? null)) as unknown;
}

/** The code must return the same in a guest as in Node: two implementations of one standard. */
export async function expectAsInNode(code: string): Promise<void> {
  expect(inGuest(code)).toEqual(await inNode(code));
}

/** Wraps an expression: its value, or the name of what it throws. */
export function attempts(...expressions: string[]): string {
  const parts = expressions.map((expression) => `await attempt(async () => (${expression}))`);
  return `const attempt = async (run) => { try { return await run(); } catch (error) { return 'throws ' + error.name; } };
    return [${parts.join(',\n')}];`;
}
