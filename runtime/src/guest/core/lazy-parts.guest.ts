/**
 * The parts of the prelude that few functions use. The build script bundles each of them for itself; the host gives its
 * text when it is used first, so that an isolate that never uses it does not even keep the text.
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
import type * as tracingPart from '../tracing/tracing.guest.ts';
import type * as triggersPart from '../triggers/triggers.guest.ts';
import type * as urlParserPart from '../url/url-parser.guest.ts';
import type * as urlPatternPart from '../url/url-pattern.guest.ts';
import type * as webAssemblyPart from '../web-assembly/web-assembly.guest.ts';
import { host } from './host.guest.ts';

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
  readonly triggers: typeof triggersPart;
  readonly subtleCrypto: typeof subtleCryptoPart;
  readonly compression: typeof compressionPart;
  readonly tracing: typeof tracingPart;
  readonly webAssembly: typeof webAssemblyPart;
}

/** Given by the script that the build puts around the bundle: evaluates the text of a part. */
declare const loadPart: (text: string) => unknown;

class LazyPart<Name extends keyof PartModules> {
  readonly #name: Name;
  #module: PartModules[Name] | null = null;

  constructor(name: Name) {
    this.#name = name;
  }

  /** Evaluates the part on first use. */
  get(): PartModules[Name] {
    return (this.#module ??= loadPart(host.partText(this.#name)) as PartModules[Name]);
  }

  /** Null until the part is used: then no object of its classes can exist either. */
  get loaded(): PartModules[Name] | null {
    return this.#module;
  }
}

export const streams = new LazyPart('streams');
export const files = new LazyPart('files');
export const urlParser = new LazyPart('urlParser');
export const urlPattern = new LazyPart('urlPattern');
export const encodings = new LazyPart('encodings');
export const inspection = new LazyPart('inspect');
export const cloning = new LazyPart('clone');
export const bindings = new LazyPart('bindings');
export const triggers = new LazyPart('triggers');
export const messaging = new LazyPart('messaging');
export const subtleCrypto = new LazyPart('subtleCrypto');
export const compression = new LazyPart('compression');
export const tracing = new LazyPart('tracing');
export const webAssembly = new LazyPart('webAssembly');
