/** Texts of values for people, in the manner of Node's `util.inspect`. */
export interface InspectOptions {
  /** Levels of objects that are shown; null for all. */
  depth?: number | null;
  showHidden?: boolean;
  maxArrayLength?: number | null;
  maxStringLength?: number | null;
  breakLength?: number;
  compact?: boolean | number;
  sorted?: boolean;
}

export const customInspect = Symbol.for('nodejs.util.inspect.custom');

const DEFAULTS = { depth: 2, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 80 };
const LINE_OF_SHORT_VALUES = 72;

interface State extends InspectOptions {
  readonly level: number;
  readonly ancestors: readonly object[];
}

export function inspect(value: unknown, options: InspectOptions = {}): string {
  return show(value, { ...DEFAULTS, ...options, level: 0, ancestors: [] });
}

function show(value: unknown, state: State): string {
  if (typeof value === 'string') return showText(value, state);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && Object.is(value, -0)) return '-0';
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return String(value);
  const custom = customText(value, state);
  if (custom !== null) return custom;
  if (state.ancestors.includes(value)) return '[Circular *1]';
  return showObject(value, state);
}

function showText(text: string, { maxStringLength }: State): string {
  const most = maxStringLength ?? Infinity;
  const cut = text.length > most ? text.slice(0, most) : text;
  const more = text.length > most ? `... ${text.length - most} more characters` : '';
  const quote = !cut.includes("'") ? "'" : !cut.includes('"') ? '"' : !cut.includes('`') ? '`' : "'";
  const escaped = cut
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');
  return quote + escaped + quote + more;
}

function customText(value: object, state: State): string | null {
  const custom: unknown = Reflect.get(value, customInspect);
  if (typeof custom !== 'function' || custom === inspect) return null;
  const depth = state.depth === null || state.depth === undefined ? state.depth : state.depth - state.level;
  const result: unknown = Reflect.apply(custom, value, [depth, { ...state, depth }, inspect]);
  return typeof result === 'string' ? result : show(result, { ...state, ancestors: [...state.ancestors, value] });
}

function showObject(value: object, state: State): string {
  const head = headOf(value);
  if (state.depth !== null && state.level > (state.depth ?? DEFAULTS.depth)) return `[${nameOf(value)}]`;
  const inner = { ...state, level: state.level + 1, ancestors: [...state.ancestors, value] };
  const members = [...contentOf(value, inner), ...propertiesOf(value, inner)];
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (members.length === 0) return standsAlone(value) ? head : `${head === '' ? '' : `${head} `}${open}${close}`;
  return layOut(head === '' ? open : `${head} ${open}`, members, close, state);
}

function layOut(open: string, members: readonly string[], close: string, state: State): string {
  const length = members.reduce((sum, member) => sum + member.length + 2, open.length);
  const isShort = length <= Math.min(state.breakLength ?? DEFAULTS.breakLength, LINE_OF_SHORT_VALUES + open.length);
  if (isShort && !members.some((member) => member.includes('\n'))) return `${open} ${members.join(', ')} ${close}`;
  const indent = '  '.repeat(state.level + 1);
  return `${open}\n${indent}${members.join(`,\n${indent}`)}\n${'  '.repeat(state.level)}${close}`;
}

const PLAIN_HEADS = new Set(['Object', 'Array']);

/** Class name or text that stands before the members. */
function headOf(value: object): string {
  if (typeof value === 'function') return functionHead(value);
  if (value instanceof Error) return errorHead(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  const name = nameOf(value);
  if (value instanceof Map || value instanceof Set) return `${name}(${value.size})`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return `${name}(${(value as Uint8Array).length})`;
  if (isBoxed(value)) return `[${name}: ${inspect(value.valueOf())}]`;
  return PLAIN_HEADS.has(name) ? '' : name;
}

const isBoxed = (value: object): boolean =>
  value instanceof Number || value instanceof String || value instanceof Boolean;

const standsAlone = (value: object): boolean =>
  typeof value === 'function' ||
  value instanceof Error ||
  value instanceof Date ||
  value instanceof RegExp ||
  isBoxed(value);

function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return '[Object: null prototype]';
  const { constructor } = prototype as { readonly constructor?: unknown };
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'Object';
}

function functionHead(value: object): string {
  const { name } = value as { readonly name: string };
  if (/^class\b/.test(Function.prototype.toString.call(value))) return `[class ${name || '(anonymous)'}]`;
  return `[${nameOf(value)}${name === '' ? ' (anonymous)' : `: ${name}`}]`;
}

function errorHead(error: Error): string {
  const text = error.stack === undefined || error.stack === '' ? `[${String(error)}]` : error.stack;
  return error.cause === undefined ? text : `${text} { [cause]: ${inspect(error.cause)} }`;
}

function contentOf(value: object, state: State): string[] {
  if (Array.isArray(value)) return showItems(value, state);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return showItems([...(value as Uint8Array)], state);
  if (value instanceof Map) return [...value].map(([key, item]) => `${show(key, state)} => ${show(item, state)}`);
  if (value instanceof Set) return [...value].map((item) => show(item, state));
  if (value instanceof ArrayBuffer) return [`byteLength: ${value.byteLength}`];
  return [];
}

function showItems(items: readonly unknown[], state: State): string[] {
  const most = state.maxArrayLength ?? Infinity;
  // `Array.from`: a hole is shown as undefined.
  const shown = Array.from(items.slice(0, most), (item) => show(item, state));
  const more = items.length - shown.length;
  return more > 0 ? [...shown, `... ${more} more item${more === 1 ? '' : 's'}`] : shown;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function propertiesOf(value: object, state: State): string[] {
  const isList = Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof String;
  const keys = (state.showHidden === true ? Reflect.ownKeys(value) : enumerableKeys(value)).filter(
    (key) => !(isList && typeof key === 'string' && /^\d+$/.test(key)),
  );
  if (state.sorted === true) keys.sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return keys.map((key) => {
    const name = isEnumerable(value, key) ? keyText(key) : `[${String(key)}]`;
    return `${name}: ${propertyText(value, key, state)}`;
  });
}

const enumerableKeys = (value: object): (string | symbol)[] =>
  Reflect.ownKeys(value).filter((key) => isEnumerable(value, key));

const isEnumerable = (value: object, key: string | symbol): boolean =>
  Object.prototype.propertyIsEnumerable.call(value, key);

function keyText(key: string | symbol): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return IDENTIFIER.test(key) ? key : inspect(key);
}

function propertyText(value: object, key: string | symbol, state: State): string {
  const property = Object.getOwnPropertyDescriptor(value, key) ?? {};
  if (property.get !== undefined) return property.set === undefined ? '[Getter]' : '[Getter/Setter]';
  return property.set === undefined ? show(property.value, state) : '[Setter]';
}
