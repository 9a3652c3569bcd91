import { functionConfigSchema } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { environmentTypes } from './types.ts';

test('Env has vars and secrets as strings, and each binding with its type', () => {
  const config = functionConfigSchema.parse({
    name: 'f',
    main: 'index.ts',
    vars: { CURRENCY: 'EUR' },
    secrets: ['API_KEY'],
    bindings: { STATE: { type: 'kv' }, PDF: { type: 'service', function: 'pdf' } },
  });
  expect(environmentTypes(config)).toBe(
    '// Written by `sovfn types` from sovfn.jsonc; do not edit.\n' +
      "import type { KvNamespace, ServiceBinding } from 'sovfn';\n\n" +
      'export interface Env {\n' +
      '  readonly API_KEY: string;\n' +
      '  readonly CURRENCY: string;\n' +
      '  readonly PDF: ServiceBinding;\n' +
      '  readonly STATE: KvNamespace;\n' +
      '}\n',
  );
});
