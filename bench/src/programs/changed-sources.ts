/** Changes the product's sources as they are loaded, for programs that measure it without something that it has no switch for. */
import { registerHooks } from 'node:module';

export type Change = (source: string) => string;

export const append =
  (text: string): Change =>
  (source) =>
    `${source}\n${text}\n`;

/** A place that is not there exactly once fails the load. */
export function replace(place: string, text: string): Change {
  return (source) => {
    if (source.split(place).length !== 2) throw new Error(`"${place}" is not there once, and cannot be changed`);
    return source.replace(place, () => text);
  };
}

/** The services that `sovfn up` starts load this file, too. */
export const inServices = (file: string): Change =>
  replace('args: [...SERVICE_FLAGS,', `args: [...SERVICE_FLAGS, ${JSON.stringify(`--import=${file}`)},`);

/** Cells are one bundle, of which the node makes the text. `plugin`: source text of a plugin of the bundler. */
export const inCells = (plugin: string): Change =>
  replace('plugins: [externalAddon,', `plugins: [externalAddon, ${plugin},`);

/** By the end of the file's path. */
export function changeSources(changes: Readonly<Record<string, Change>>): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const change = Object.entries(changes).find(([file]) => url.endsWith(`/${file}`))?.[1];
      if (change === undefined) return loaded;
      const { source } = loaded;
      return { ...loaded, source: change(typeof source === 'string' ? source : new TextDecoder().decode(source)) };
    },
  });
}
