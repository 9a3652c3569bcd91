/** Builds the folder given as argument and prints what must be the same everywhere. */
import { buildFunction } from '../src/index.ts';

const { version, bundle, sourceMap } = await buildFunction(process.argv[2] ?? '.');
process.stdout.write(JSON.stringify({ version, bundle, sourceMap }));
