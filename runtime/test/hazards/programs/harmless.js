/** Nothing is wrong with it: what a neighbour notices of any tenant that is called as often. */
export function hazard() {
  return new Response('hello');
}
