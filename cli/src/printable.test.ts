import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('text stays as it is, with tabs and line feeds', () => {
  expect(printable('Café à 3 €\t日本\n👍')).toBe('Café à 3 €\t日本\n👍');
});

test('what could command a terminal or reorder a line is shown instead of sent', () => {
  expect(printable('\u001b[2J\r\u0007\u009b1m\u202e')).toBe('\\u001b[2J\\u000d\\u0007\\u009b1m\\u202e');
});
