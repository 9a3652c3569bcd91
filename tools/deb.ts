/** `npm run deb -- <archive> [<folder>]`: makes a Debian package of an archive that `npm run archive` has written. Needs dpkg-deb. */
import { resolve } from 'node:path';
import { makeDebianPackage } from './debian.ts';

const [archive, folder = 'dist'] = process.argv.slice(2);
if (archive === undefined) {
  process.stderr.write('Name the archive: npm run deb -- dist/sovfn-0.1.0-linux-x64.tar.gz\n');
  process.exitCode = 1;
} else process.stdout.write(`${await makeDebianPackage(resolve(archive), resolve(folder))}\n`);
