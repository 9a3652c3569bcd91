import Mustache from 'mustache';
import { checking, is } from '../src/claims.ts';

export const claims = {
  'fills in values and escapes them': () =>
    is(Mustache.render('{{title}} {{{title}}}', { title: '<a>' }), '&lt;a&gt; <a>'),
  'repeats sections': () =>
    is(Mustache.render('{{#items}}{{.}};{{/items}}{{^none}}rien{{/none}}', { items: [1, 2] }), '1;2;rien'),
  'takes partials': () => is(Mustache.render('{{>hi}}', { name: 'Ada' }, { hi: 'Salut {{name}}' }), 'Salut Ada'),
};

const handler = checking(claims);
export { handler as default };
