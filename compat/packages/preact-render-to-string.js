import { h } from 'preact';
import { useState } from 'preact/hooks';
import { renderToString, renderToStringAsync } from 'preact-render-to-string';
import { checking, is } from '../src/claims.ts';

const Counter = ({ start }) => {
  const [count] = useState(start);
  return h('p', { class: 'count' }, 'n: ', count);
};

export const claims = {
  'renders components with hooks': () => is(renderToString(h(Counter, { start: 3 })), '<p class="count">n: 3</p>'),
  'escapes text and attributes': () =>
    is(renderToString(h('a', { title: '"' }, '<b>')), '<a title="&quot;">&lt;b></a>'),
  'renders asynchronously': async () =>
    is(await renderToStringAsync(h(Counter, { start: 1 })), '<p class="count">n: 1</p>'),
};

const handler = checking(claims);
export { handler as default };
