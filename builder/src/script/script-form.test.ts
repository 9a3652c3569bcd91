import fc from 'fast-check';
import { isSovfnError } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { exportLine, scriptName, toScriptForm } from './script-form.ts';

test('the script form is a strict script that yields a promise of the handler', () => {
  const form = toScriptForm('const a=1;\nexport{a as default};\n');
  expect(form).toEqual({ script: '"use strict";(async()=>{\nconst a=1;\n;return{default:a}})()', prefixLines: 1 });
});

test('a bundle may end in a comment or without a semicolon before its export line', async () => {
  const { script } = toScriptForm('let a = { b: 1 }\n// the end\nexport{a as default};\n');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- running the script is the test
  const run = new Function(`return ${script.slice('"use strict";'.length)}`) as () => Promise<unknown>;
  expect(await run()).toEqual({ default: { b: 1 } });
});

test('names of handlers may be escaped', () => {
  expect(toScriptForm(`var \\u00C9t\\u00E9=1;\n${exportLine('\\u00C9t\\u00E9')}`).script).toContain(
    '{default:\\u00C9t\\u00E9}',
  );
});

test.each([
  ['', '""'],
  ['export default {};', '"export default {};"'],
  ['const a=1;export{a as default};\n', '"const a=1;export{a as default};\\n"'],
  ['const a=1; // export{a as default};\n', '"const a=1; // export{a as default};\\n"'],
  ['const a=1;\nexport{a as default};', '"const a=1;\\nexport{a as default};"'],
  ['const a=1;\nexport{a as default,a as b};\n', '"const a=1;\\nexport{a as default,a as b};\\n"'],
  ['const a=1;\nexport{a};\n', '"const a=1;\\nexport{a};\\n"'],
  ['\nexport{a+eval("1") as default};\n', '"\\nexport{a+eval(\\"1\\") as default};\\n"'],
  ['x\nexport{a as default};\n;f()\n', '"x\\nexport{a as default};\\n;f()\\n"'],
])('%j is a bad bundle', (bundle, quoted) => {
  expect(() => toScriptForm(bundle)).toThrow(
    expect.objectContaining({
      code: 'bad-bundle',
      message: `The bundle ends in ${quoted}; it must end in a line export{name as default};`,
      hint: 'Deploy with `sovfn deploy`, which makes bundles of this form.',
    }),
  );
});

test('any text gives a script form or a bad bundle', () => {
  const parts = fc.constantFrom(
    'export',
    '{',
    '}',
    ' as default',
    ';',
    '\n',
    'a',
    '"',
    '`',
    '//',
    '/*',
    '*/',
    '\\',
    '\0',
  );
  const text = fc.array(parts, { maxLength: 30 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text, (bundle) => {
      try {
        expect(toScriptForm(bundle).script).toMatch(/;return\{default:[^\s{}]+\}\}\)\(\)$/);
      } catch (error) {
        expect(isSovfnError(error) && error.code).toBe('bad-bundle');
      }
    }),
  );
});

test('the script is named after the function', () => {
  expect(scriptName('invoice')).toBe('invoice.mjs');
});
