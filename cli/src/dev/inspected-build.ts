import { type Build, buildFunction } from '@sovfn/builder';
import { HEAVY_CPU_MS } from '@sovfn/protocol';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Whoever stands at a breakpoint needs a while. A function with more CPU time would get a cell of its own, with a port of its own. */
const LIMITS = { wallMs: 900_000, waitUntilMs: 900_000, startupMs: 10_000, cpuMs: HEAVY_CPU_MS - 1 };

/** A build whose source map names the files where they are on this machine, so that a debugger finds them. */
export async function buildInspected(folder: string, vars: Readonly<Record<string, string>>): Promise<Build> {
  const build = await buildFunction(folder, { vars, limits: LIMITS });
  const sourceRoot = `${pathToFileURL(resolve(folder)).href}/`;
  const map = JSON.parse(build.sourceMap) as { sources: string[] };
  const sources = map.sources.map((source) => (isFile(source) ? sourceRoot + source : source));
  return { ...build, sourceMap: JSON.stringify({ ...map, sources }) };
}

/** The builder's own modules have names such as `sovfn:entry`. */
function isFile(source: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(source);
}
