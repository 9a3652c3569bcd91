import { initialize } from 'esbuild';

let isStarted = false;

/** Starts esbuild's process, which takes a while, before a build asks for it. */
export function startEsbuild(): void {
  if (isStarted) return;
  isStarted = true;
  // In Node it is resolved at once, and what it would throw it throws here.
  void initialize({});
}
