import type { Handler } from 'sovfn';
import { issueNote } from './issue-note.ts';
import { pushNote } from './push-note.ts';

type NoteWriter = (payload: unknown) => string | null;

const NOTES: ReadonlyMap<string, NoteWriter> = new Map([
  ['push', pushNote],
  ['issues', issueNote],
]);

/**
 * Turns what happens in a repository on GitHub into notes: the answer is a Markdown document, which the platform keeps in the
 * object store as the output of the event.
 */
export default {
  async fetch(request) {
    // Only the platform sets this header: what has it was signed by GitHub, and is as it was signed.
    if (request.headers.get('sovfn-webhook') !== 'github') {
      return Response.json({ detail: 'Only GitHub may post here, to the webhook' }, { status: 403 });
    }
    const type = request.headers.get('sovfn-webhook-type') ?? '';
    const note = NOTES.get(type)?.(await request.json()) ?? null;
    if (note === null) return new Response(`nothing to tell of this ${type}\n`);
    return new Response(note, { headers: { 'content-type': 'text/markdown; charset=utf-8' } });
  },
} satisfies Handler;
