#!/usr/bin/env node
// The launcher: runs on any Node ≥ 20 and starts the command line on the Node that sovfn is built for, which npm installs
// as a platform package. It passes on stdio, signals and the way the process ended. It guarantees that the command line
// never outlives it unnoticed: the channel between both closes when the launcher dies, and the command line then stops.
//
// No flags are needed: isolates live in processes of their own, which `sovfn up` starts with the flags they need.
import { spawn } from 'node:child_process';
import nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPinnedNode, isPinnedNode } from './pinned-node.js';

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const EXIT_USER = 1;

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
// Compiled code and stripped types of the command line itself; in the user's own cache, never in a shared folder.
const codeCache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sovfn', 'code');

if (isPinnedNode) {
  nodeModule.enableCompileCache(codeCache);
  await import(main);
} else {
  runUnderPinnedNode(pinnedNode());
}

function pinnedNode() {
  try {
    return findPinnedNode();
  } catch (error) {
    return leave(`sovfn: ${error.message}`);
  }
}

function runUnderPinnedNode(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: codeCache, ...process.env },
  });
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  child.on('error', (error) => leave(`sovfn: ${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    for (const forwarded of FORWARDED_SIGNALS) process.off(forwarded, forward);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

function leave(message) {
  process.stderr.write(`${message}\n`);
  process.exit(EXIT_USER);
}
