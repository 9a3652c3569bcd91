/** Turns what the schema finds into problems: position, value as written, rule. */
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Problem } from '../problem.ts';
import type { ConfigDocument, ValuePath } from './document.ts';
import { validKeys } from './json-schema.ts';

type Issue = z.core.$ZodIssue;

const SHOWN_VALUE = 60;

export function problemsOfIssues(document: ConfigDocument, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(document, issue, []));
}

/** `base`: path of the value that the issue's own path starts from. */
function problemsOfIssue(document: ConfigDocument, issue: Issue, base: ValuePath): Problem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(document, path, key));
    case 'invalid_key':
      return [invalidKey(document, path, issue.issues[0]?.message ?? issue.message)];
    case 'invalid_union':
      return problemsOfUnion(document, issue, path);
    default:
      return [invalidValue(document, path, ruleOf(issue))];
  }
}

function unknownKey(document: ConfigDocument, parent: ValuePath, key: string): Problem {
  const valid = validKeys(parent);
  const where = parent.length === 0 ? '' : ` in "${label(parent)}"`;
  const text = `Unknown key "${key}"${where}: ${suggest(key, valid)}`;
  return { position: document.positionOfKey([...parent, key]), text, notes: [], hint: null };
}

/** The nearest of the valid names; when none is near, all of them. */
function suggest(value: string, valid: readonly string[]): string {
  const nearest = closest(value, valid);
  const isNear = distance(value.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, nearest.length / 2);
  return isNear ? `did you mean "${nearest}"?` : `valid are ${listOf(valid)}.`;
}

function invalidKey(document: ConfigDocument, path: ValuePath, rule: string): Problem {
  const text = `The name "${path.at(-1)}" in "${label(path.slice(0, -1))}" ${rule}.`;
  return { position: document.positionOfKey(path), text, notes: [], hint: null };
}

/** Of a union, the alternative that the value comes nearest to: the one whose issues lie inside the value. */
function problemsOfUnion(document: ConfigDocument, issue: z.core.$ZodIssueInvalidUnion, path: ValuePath): Problem[] {
  const fitting = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0)) ?? issue.errors[0];
  if (fitting !== undefined) return fitting.flatMap((inner) => problemsOfIssue(document, inner, path));
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  return [invalidValue(document, path, oneOf(options))];
}

function invalidValue(document: ConfigDocument, path: ValuePath, rule: string): Problem {
  const position = document.positionOf(path);
  const value = document.textAt(path);
  const explanation = rule.startsWith('must ') ? `it ${rule}` : rule;
  const state = value === null ? `"${label(path)}" is missing` : `${subject(path)} is ${shorten(value)}`;
  const text = `${state}: ${explanation}.`;
  return { position, text, notes: [], hint: null };
}

function ruleOf(issue: Exclude<Issue, { code: 'unrecognized_keys' | 'invalid_key' | 'invalid_union' }>): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_NAMES[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String));
    case 'too_small':
      return `must ${sizeVerb(issue.origin)} at least ${issue.minimum}${sizeUnit(issue.origin)}`;
    case 'too_big':
      return `must ${sizeVerb(issue.origin)} at most ${issue.maximum}${sizeUnit(issue.origin)}`;
    default:
      // The schema's own words.
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text in double quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object { … }',
  record: 'an object { … }',
  array: 'a list [ … ]',
};

const SIZE_UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };
const sizeUnit = (origin: string): string => SIZE_UNITS[origin] ?? '';
const sizeVerb = (origin: string): string => (origin in SIZE_UNITS ? 'have' : 'be');

const oneOf = (values: readonly string[]): string => `must be ${values.length === 1 ? '' : 'one of '}${listOf(values)}`;
const listOf = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(', ');

const subject = (path: ValuePath): string => (path.length === 0 ? 'The configuration' : `"${label(path)}"`);

function label(path: ValuePath): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

function shorten(value: string): string {
  const line = value.replaceAll(/\s+/g, ' ');
  return line.length <= SHOWN_VALUE ? line : `${line.slice(0, SHOWN_VALUE)}…`;
}
