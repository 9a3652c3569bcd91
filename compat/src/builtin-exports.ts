/** The names that functions can import of each built-in, read from the builder's own output. */
import { builtinExports } from '@sovfn/builder';

export const BUILTIN_EXPORTS = await builtinExports();
