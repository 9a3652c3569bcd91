import { z } from 'zod';

/** Enough to mend what was written; something hostile that is wrong everywhere would fill the answer. */
const SHOWN_ISSUES = 10;

/** What a schema refuses, in one line: place and rule of each, or of the first `most`. */
export function describeIssues({ issues }: z.ZodError, most = SHOWN_ISSUES): string {
  return issues.slice(0, most).map(ruleWithPlace).join('; ');
}

function ruleWithPlace({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`;
}
