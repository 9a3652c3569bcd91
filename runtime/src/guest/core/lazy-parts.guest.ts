/**
 * The parts of the prelude that few functions use. The build script bundles each of them into a function of its own,
 * which V8 does not even compile before its first use.
 *
 * To add one: its name here, its entry file in `src/prelude/parts.ts`.
 */
import type * as bindingsPart from '../bindings/bindings.guest.ts';
import type * as clonePart from '../clone/structured-clone.guest.ts';
import type * as compressionPart from '../compression/compression.guest.ts';
import type * as inspectPart from '../console/inspect.guest.ts';
import type * as subtleCryptoPart from '../crypto/subtle.guest.ts';
import type * as encodingsPart from '../encoding/encodings.guest.ts';
import type * as filesPart from '../files/files.guest.ts';
import type * as messagingPart from '../messaging/messaging.guest.ts';
import type * as streamsPart from '../streams/streams.guest.ts';
import type * as urlParserPart from '../url/url-parser.guest.ts';
import type * as urlPatternPart from '../url/url-pattern.guest.ts';

interface PartModules {
  readonly streams: typeof streamsPart;
  readonly files: typeof filesPart;
  readonly urlParser: typeof urlParserPart;
  readonly urlPattern: typeof urlPatternPart;
  readonly encodings: typeof encodingsPart;
  readonly inspect: typeof inspectPart;
  readonly clone: typeof clonePart;
  readonly messaging: typeof messagingPart;
  readonly bindings: typeof bindingsPart;
  readonly subtleCrypto: typeof subtleCryptoPart;
  readonly compression: typeof compressionPart;
}

/** Given by the script that the build puts around the bundle. */
declare const lazyParts: { readonly [Name in keyof PartModules]: () => PartModules[Name] };

class LazyPart<Module> {
  readonly #evaluate: () => Module;
  #module: Module | null = null;

  constructor(evaluate: () => Module) {
    this.#evaluate = evaluate;
  }

  /** Evaluates the part on first use. */
  get(): Module {
    return (this.#module ??= this.#evaluate());
  }

  /** Null until the part is used: then no object of its classes can exist either. */
  get loaded(): Module | null {
    return this.#module;
  }
}

export const streams = new LazyPart(() => lazyParts.streams());
export const files = new LazyPart(() => lazyParts.files());
export const urlParser = new LazyPart(() => lazyParts.urlParser());
export const urlPattern = new LazyPart(() => lazyParts.urlPattern());
export const encodings = new LazyPart(() => lazyParts.encodings());
export const inspection = new LazyPart(() => lazyParts.inspect());
export const cloning = new LazyPart(() => lazyParts.clone());
export const bindings = new LazyPart(() => lazyParts.bindings());
export const messaging = new LazyPart(() => lazyParts.messaging());
export const subtleCrypto = new LazyPart(() => lazyParts.subtleCrypto());
export const compression = new LazyPart(() => lazyParts.compression());
