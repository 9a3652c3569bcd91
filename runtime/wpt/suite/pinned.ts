/** The copy of the Web Platform Tests that the expectations are about: the one in Debian's source package of Node.js. */
export const SOURCE_PACKAGE = 'nodejs 22.22.2+dfsg+~cs22.19.15';
export const TARBALL = 'nodejs_22.22.2+dfsg+~cs22.19.15.orig.tar.xz';
export const TARBALL_URL = `http://deb.debian.org/debian/pool/main/n/nodejs/${encodeURIComponent(TARBALL)}`;
export const TARBALL_SHA256 = 'f1a6dfca7ffe7f9f42942274adf9f0a12733977a4744a53f41b20836907c449b';
/** The tests within the tarball. */
export const FOLDER_IN_TARBALL = 'node-v22.22.2/test/fixtures/wpt';
