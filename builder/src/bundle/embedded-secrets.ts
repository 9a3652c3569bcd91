/**
 * Keys that lie in the code or in `vars`, by the forms that their issuers give them: whoever gets the bundle would have them.
 * Only forms that nothing else has are known here, so that what is found is one; a password finds nobody. The secret itself
 * is in no message.
 */
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { type Problem, problemsError } from '../problem.ts';

interface Form {
  readonly what: string;
  readonly pattern: RegExp;
}

const FORMS: readonly Form[] = [
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?:\\[nr]|\s)*[A-Za-z0-9+/=\\\s]{64,}/ },
  { what: 'an access key of AWS', pattern: /\b(?:AKIA|ASIA)(?![A-Z0-9]{9}EXAMPLE)[A-Z0-9]{16}\b/ },
  { what: 'a live key of Stripe', pattern: /\b[sr]k_live_[A-Za-z0-9]{16,}/ },
  { what: 'a signing secret of webhooks', pattern: /\bwhsec_[A-Za-z0-9+/]{32,}/ },
  { what: 'a token of GitHub', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82})/ },
  { what: 'a token of GitLab', pattern: /\bglpat-[A-Za-z0-9_-]{20,}/ },
  { what: 'a token of Slack', pattern: /\bxox[abeoprs]-[0-9A-Za-z-]{20,}/ },
  { what: 'a key of Google', pattern: /\bAIza[0-9A-Za-z_-]{35}\b/ },
  { what: 'a token of npm', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  { what: 'a key of SendGrid', pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b/ },
  { what: 'a token of Shopify', pattern: /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b/ },
  { what: 'a token of this platform', pattern: /\bsovfn_[A-Za-z0-9_-]{43}\b/ },
];

const HINT =
  'Take it out, replace it where it is valid, and store it with `sovfn secrets set`; the code reads it from env.';

export interface SearchedBuild {
  readonly bundle: string;
  readonly sourceMap: string;
  readonly vars: Readonly<Record<string, string>>;
}

/** Throws SovfnError `secret-in-bundle` with file and line of each. */
export function assertNoSecrets({ bundle, sourceMap, vars }: SearchedBuild): void {
  const inVars = Object.entries(vars).flatMap(([name, value]) =>
    findSecrets(value).map(({ what }) => problemOf(what, `the value of vars.${name}`, null)),
  );
  const found = findSecrets(bundle);
  const inCode = found.length === 0 ? [] : locate(found, bundle, sourceMap);
  if (inVars.length + inCode.length > 0) throw problemsError('secret-in-bundle', [...inVars, ...inCode]);
}

interface Found {
  readonly what: string;
  readonly at: number;
}

function findSecrets(text: string): Found[] {
  return FORMS.flatMap(({ what, pattern }) =>
    [...text.matchAll(new RegExp(pattern, 'g'))].map(({ index }) => ({ what, at: index })),
  );
}

function locate(found: readonly Found[], bundle: string, sourceMap: string): Problem[] {
  const map = new TraceMap(sourceMap);
  return found.map(({ what, at }) => {
    const before = bundle.slice(0, at).split('\n');
    const { source, line, column } = originalPositionFor(map, {
      line: before.length,
      column: before.at(-1)!.length,
    });
    const place = source === null ? null : { file: source, line, column: column + 1 };
    return problemOf(what, 'the code', place);
  });
}

function problemOf(
  what: string,
  where: string,
  place: { readonly file: string; readonly line: number; readonly column: number } | null,
): Problem {
  const position = place === null ? null : { ...place, lineText: null, length: 1 };
  return { position, text: `There is ${what} in ${where}.`, notes: [], hint: HINT };
}
