/** A JSONC text with the position of each of its values. */
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Problem, SourcePosition } from '../problem.ts';

export type ValuePath = readonly (string | number)[];

export interface ConfigDocument {
  readonly value: unknown;
  /** Keys written more than once in one object: JSON keeps the last and says nothing. */
  repeatedKeys(): Problem[];
  /** The value at the path as written, or null when there is none. */
  textAt(path: ValuePath): string | null;
  /** Where the value at the path stands; when there is none, the nearest object or list around it. */
  positionOf(path: ValuePath): SourcePosition;
  /** Where the last key of the path stands. */
  positionOfKey(path: ValuePath): SourcePosition;
}

/** Texts for jsonc-parser's codes; it has no others for text that it can meet. */
const SYNTAX_RULES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value; names and texts stand in double quotes',
  InvalidNumberFormat: 'this is no JSON number',
  PropertyNameExpected: 'a key in double quotes must follow',
  ValueExpected: 'a value must follow',
  ColonExpected: 'a colon must follow the key',
  CommaExpected: 'a comma must stand before this',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'nothing may follow the closing }',
  UnexpectedEndOfComment: 'the comment is not closed',
  UnexpectedEndOfString: 'the text is not closed by a double quote on its line',
  UnexpectedEndOfNumber: 'the number is not complete',
  InvalidUnicode: '\\u must be followed by four hexadecimal digits',
  InvalidEscapeCharacter: 'no such escape: \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX are possible',
  InvalidCharacter: 'a control character must be written as \\uXXXX',
};

/** Parses JSON with comments and trailing commas. Of several syntax errors the first is told: the others follow from it. */
export function openConfigDocument(file: string, text: string): ConfigDocument | { readonly problems: Problem[] } {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const positionAt = makePositionAt(file, text);
  const [error] = errors;
  if (error !== undefined || root === undefined) return { problems: [syntaxProblem(error, positionAt)] };
  return {
    value: valueOf(root),
    repeatedKeys: () => repeatedKeysOf(root, positionAt),
    textAt: (path) => {
      const node = findNodeAtLocation(root, [...path]);
      return node === undefined ? null : text.slice(node.offset, node.offset + node.length);
    },
    positionOf: (path) => positionAt(nearestNode(root, path)),
    positionOfKey: (path) => positionAt(keyNode(root, path) ?? nearestNode(root, path)),
  };
}

type PositionAt = (place: { readonly offset: number; readonly length: number }) => SourcePosition;

function makePositionAt(file: string, text: string): PositionAt {
  return ({ offset, length }) => {
    const before = text.slice(0, offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    const [lineText = ''] = text.slice(offset - column + 1).split(/\r?\n/, 1);
    return { file, line: before.length, column, lineText, length: Math.min(length, lineText.length - column + 1) };
  };
}

function syntaxProblem(error: ParseError | undefined, positionAt: PositionAt): Problem {
  const name = error === undefined ? 'ValueExpected' : printParseErrorCode(error.error);
  const text = `Syntax error: ${SYNTAX_RULES[name] ?? name}.`;
  return { position: positionAt(error ?? { offset: 0, length: 0 }), text, notes: [], hint: null };
}

/** Own properties only, whatever their names. Of a repeated key the first, which is the one that positions lead to. */
function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value;
  const entries = new Map<string, unknown>();
  for (const { name, value } of propertiesOf(node)) if (!entries.has(name)) entries.set(name, valueOf(value));
  return Object.fromEntries(entries);
}

interface Property {
  readonly name: string;
  readonly key: Node;
  readonly value: Node;
}

function propertiesOf(node: Node): Property[] {
  return (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
    key && value ? [{ name: String(key.value), key, value }] : [],
  );
}

function repeatedKeysOf(node: Node, positionAt: PositionAt): Problem[] {
  if (node.type === 'array') return (node.children ?? []).flatMap((child) => repeatedKeysOf(child, positionAt));
  if (node.type !== 'object') return [];
  const seen = new Set<string>();
  return propertiesOf(node).flatMap(({ name, key, value }) => {
    const inner = repeatedKeysOf(value, positionAt);
    if (!seen.has(name)) {
      seen.add(name);
      return inner;
    }
    return [
      { position: positionAt(key), text: `"${name}" is set twice in one object.`, notes: [], hint: null },
      ...inner,
    ];
  });
}

function nearestNode(root: Node, path: ValuePath): Node {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

function keyNode(root: Node, path: ValuePath): Node | undefined {
  const parent = findNodeAtLocation(root, path.slice(0, -1));
  return parent && propertiesOf(parent).find(({ name }) => name === path.at(-1))?.key;
}
