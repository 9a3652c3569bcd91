import { functionConfigSchema } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { environmentTypes } from './types.ts';

test('Env has vars and secrets as strings, says which are placeholders, and each binding with its type', () => {
  const config = functionConfigSchema.parse({
    name: 'f',
    main: 'index.ts',
    vars: { CURRENCY: 'EUR' },
    egress: ['https://api.insee.fr'],
    secrets: ['API_KEY', { name: 'HOOK_KEY', sign: true }, { name: 'SIGNING_KEY', expose: true }],
    bindings: { STATE: { type: 'kv' }, PDF: { type: 'service', function: 'pdf' } },
  });
  expect(environmentTypes(config)).toBe(
    '// Written by `sovfn types` from sovfn.jsonc; do not edit.\n' +
      "import type { KvNamespace, ServiceBinding } from 'sovfn';\n\n" +
      'export interface Env {\n' +
      '  /** A placeholder: fetch sends the value in its place to https://api.insee.fr. */\n' +
      '  readonly API_KEY: string;\n' +
      '  readonly CURRENCY: string;\n' +
      '  /** A placeholder: crypto.subtle.importKey makes a key for HMAC of its bytes. */\n' +
      '  readonly HOOK_KEY: string;\n' +
      '  readonly PDF: ServiceBinding;\n' +
      '  readonly SIGNING_KEY: string;\n' +
      '  readonly STATE: KvNamespace;\n' +
      '}\n',
  );
});
