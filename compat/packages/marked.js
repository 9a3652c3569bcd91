import { Marked, marked } from 'marked';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'makes HTML of Markdown': () =>
    is(marked.parse('# Titre\n\n*a* `b`'), '<h1>Titre</h1>\n<p><em>a</em> <code>b</code></p>\n'),
  'makes tables of GitHub Flavored Markdown': () => is(marked.parse('|a|\n|-|\n|b|').includes('<td>b</td>'), true),
  'takes a renderer': () => {
    const own = new Marked({ renderer: { strong: ({ text }) => `<b>${text}</b>` } });
    return is(own.parse('**x**'), '<p><b>x</b></p>\n');
  },
};

const handler = checking(claims);
export { handler as default };
