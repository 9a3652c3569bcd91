/**
 * Loading some hundred small files is most of what a short command does. Two things of it are left out:
 *
 * Node looks for links, and for the package.json above, at each import. Imports among files of sovfn and of Zod are relative, with
 * their ending, and of ES modules: what they name is known without a look at the disk.
 *
 * Zod's index loads its messages in some sixty languages, a file each, of which English is used. The file that names them all is taken
 * for the one of English.
 *
 * Everything else is resolved as ever, and so is all of it where files lie otherwise than they do in a checkout or below `node_modules`.
 */
import { registerHooks } from 'node:module';

const isCheckout = import.meta.url.endsWith('.ts');
const packages = new URL('../../', import.meta.url).href;
const OWN = isCheckout
  ? /^(?:protocol|bus|store|builder|gateway|runtime|cli)\/src\/.+\.ts$/
  : /^(?:sovfn|@sovfn\/[a-z]+)\/src\/.+\.js$/;
const ZOD = /\/node_modules\/zod\/v4\/[a-z]+\/[a-z-]+\.js$/;
const LANGUAGES_OF_ZOD = '../locales/index.js';
const ENGLISH_OF_ZOD = '../locales/en.js';

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL: parent } = context;
    if (parent === undefined || !specifier.startsWith('.')) return next(specifier, context);
    if (isOwn(parent)) {
      const { href: url } = new URL(specifier, parent);
      if (isOwn(url)) return { url, format: isCheckout ? 'module-typescript' : 'module', shortCircuit: true };
    } else if (ZOD.test(parent)) {
      const file = specifier === LANGUAGES_OF_ZOD ? ENGLISH_OF_ZOD : specifier;
      const { href: url } = new URL(file, parent);
      if (ZOD.test(url)) return { url, format: 'module', shortCircuit: true };
    }
    return next(specifier, context);
  },
});

function isOwn(url: string): boolean {
  return url.startsWith(packages) && OWN.test(url.slice(packages.length));
}
