/** Reads the configuration of a Workers project as its own tool does. Hostile: nothing; it is the user's file. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SovfnError } from '@sovfn/protocol';
import { parse as parseJsonc, type ParseError, printParseErrorCode } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';

/** In this order, as wrangler looks for them. */
export const WRANGLER_FILES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'] as const;

export interface WranglerFile {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** `place`: the file, or the folder that it is in. Throws `config-not-found` or `config-invalid`. */
export async function readWranglerFile(place: string): Promise<WranglerFile> {
  for (const path of [...WRANGLER_FILES.map((name) => join(place, name)), place]) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text !== null) return { path, content: parse(path, text) };
  }
  throw new SovfnError('config-not-found', `there is no ${WRANGLER_FILES.join(', ')} at ${place}`, {
    hint: 'Give the folder of the Workers project, or the file itself.',
  });
}

/** Names of the secrets in `.dev.vars`, without their values; empty when there is none. */
export async function readSecretNames(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, '.dev.vars'), 'utf8').catch(() => '');
  return [...text.matchAll(/^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/gm)].map(([, name]) => name!);
}

function parse(path: string, text: string): Record<string, unknown> {
  const content = path.endsWith('.toml') ? fromToml(path, text) : fromJsonc(path, text);
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    return content as Record<string, unknown>;
  }
  throw unreadable(path, 'it holds no object');
}

function fromToml(path: string, text: string): unknown {
  try {
    return parseToml(text);
  } catch (error) {
    throw unreadable(path, (error as Error).message);
  }
}

function fromJsonc(path: string, text: string): unknown {
  const errors: ParseError[] = [];
  const content: unknown = parseJsonc(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return content;
  const line = text.slice(0, first.offset).split('\n').length;
  throw unreadable(path, `${printParseErrorCode(first.error)} in line ${line}`);
}

function unreadable(path: string, reason: string): SovfnError {
  return new SovfnError('config-invalid', `${basename(path)} cannot be read: ${reason}`, {
    hint: 'Correct the file; wrangler would refuse it too.',
  });
}
