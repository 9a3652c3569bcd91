import { link, plainLine } from './markdown.ts';

/** What this needs of a `push` payload. */
interface Push {
  readonly ref: string;
  readonly deleted: boolean;
  readonly forced: boolean;
  readonly compare: string;
  readonly repository: { readonly full_name: string; readonly default_branch: string };
  readonly pusher: { readonly name: string };
  readonly commits: readonly Commit[];
}

interface Commit {
  readonly id: string;
  readonly message: string;
  readonly url: string;
  readonly author: { readonly name: string };
}

const SHOWN_COMMITS = 20;
const SHOWN_ID = 7;
const MERGE = /^Merge (?:pull request|branch) /;

/** Null for a push that says nothing to the readers of a changelog: to another branch, or of merges only. */
export function pushNote(payload: unknown): string | null {
  const { ref, deleted, forced, compare, repository, pusher, commits } = payload as Push;
  const written = commits.filter(({ message }) => !MERGE.test(message));
  if (deleted || ref !== `refs/heads/${repository.default_branch}` || written.length === 0) return null;
  const lines = written.slice(0, SHOWN_COMMITS).map(commitLine);
  if (written.length > SHOWN_COMMITS) lines.push(`- … and ${written.length - SHOWN_COMMITS} more`);
  const count = written.length === 1 ? '1 change' : `${written.length} changes`;
  const title = `## ${plainLine(repository.full_name)}: ${link(count, compare)} by ${plainLine(pusher.name)}`;
  return [title, '', ...(forced ? ['**History was rewritten.**', ''] : []), ...lines, ''].join('\n');
}

function commitLine({ id, message, url, author }: Commit): string {
  return `- ${plainLine(message)} (${link(id.slice(0, SHOWN_ID), url)}, ${plainLine(author.name)})`;
}
