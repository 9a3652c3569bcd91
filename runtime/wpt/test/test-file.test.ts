import { describe, expect, it } from 'vitest';
import { parseTestFile } from '../suite/test-file.ts';

describe('a test file', () => {
  it('names the scripts that it needs, from its own folder or from the root, and its variants', () => {
    const text = [
      '// META: script=/common/gc.js',
      '// META: script=../resources/helper.js',
      '// META: variant=?1-10',
      '// META: variant=?11-last',
      'test(() => {});',
    ].join('\n');
    expect(parseTestFile('url/part/file.any.js', text)).toEqual({
      path: 'url/part/file.any.js',
      scripts: ['common/gc.js', 'url/resources/helper.js'],
      variants: ['?1-10', '?11-last'],
    });
  });

  it('without variants is run once', () => {
    expect(parseTestFile('url/file.any.js', '')?.variants).toEqual(['']);
  });

  it('for windows only does not apply, and one for workers too does', () => {
    expect(parseTestFile('a.any.js', '// META: global=window\n')).toBeNull();
    expect(parseTestFile('a.any.js', '// META: global=window,worker\n')).not.toBeNull();
  });
});
