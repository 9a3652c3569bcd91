import { link, plainLine } from './markdown.ts';

/** What this needs of an `issues` payload. */
interface IssueEvent {
  readonly action: string;
  readonly repository: { readonly full_name: string };
  readonly sender: { readonly login: string };
  readonly issue: {
    readonly number: number;
    readonly title: string;
    readonly html_url: string;
    readonly labels: readonly { readonly name: string }[];
  };
}

const TOLD: ReadonlySet<string> = new Set(['opened', 'closed', 'reopened']);

/** Null for what is not told, such as a label that was set. */
export function issueNote(payload: unknown): string | null {
  const { action, repository, sender, issue } = payload as IssueEvent;
  if (!TOLD.has(action)) return null;
  const name = `${plainLine(repository.full_name)}#${issue.number}`;
  const labels = issue.labels.map((label) => ` \`${label.name.replaceAll(/[`\p{Cc}]/gu, ' ')}\``).join('');
  return `## ${link(name, issue.html_url)} ${action} by ${plainLine(sender.login)}\n\n${plainLine(issue.title)}${labels}\n`;
}
