import { defineConstants, defineInterface } from '../core/interface.guest.ts';
import { reflectConstruct, setPrototypeOf } from '../core/primordials.guest.ts';
import { dictionary, domString, double } from '../core/webidl.guest.ts';

/** Names with a legacy code: the position is the code, and the constant's name is made of the name. */
const LEGACY_NAMES = [
  null,
  'IndexSizeError',
  null,
  'HierarchyRequestError',
  'WrongDocumentError',
  'InvalidCharacterError',
  null,
  'NoModificationAllowedError',
  'NotFoundError',
  'NotSupportedError',
  'InUseAttributeError',
  'InvalidStateError',
  'SyntaxError',
  'InvalidModificationError',
  'NamespaceError',
  'InvalidAccessError',
  null,
  'TypeMismatchError',
  'SecurityError',
  'NetworkError',
  'AbortError',
  'URLMismatchError',
  'QuotaExceededError',
  'TimeoutError',
  'InvalidNodeTypeError',
  'DataCloneError',
] as const;

const CONSTANTS = {
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
} as const;

interface ExceptionState {
  readonly name: string;
  readonly message: string;
}

type Mutable<T> = { -readonly [Key in keyof T]?: T[Key] };

const states = new WeakMap<object, ExceptionState>();

/**
 * DOMException of WebIDL: an Error in all that counts (it has a stack, `Error.isError` knows it), though its constructor
 * does not derive from Error's.
 */
export class DOMException {
  constructor(message: unknown = '', name: unknown = 'Error') {
    const state = { message: domString(message), name: domString(name) };
    const error = reflectConstruct(Error, [state.message], new.target) as Mutable<DOMException>;
    // The stack has begun with the message; the property gives way to the accessor.
    delete error.message;
    states.set(error, state);
    return error as DOMException;
  }

  get name(): string {
    return stateOf(this).name;
  }

  get message(): string {
    return stateOf(this).message;
  }

  get code(): number {
    const code = LEGACY_NAMES.indexOf(stateOf(this).name as never);
    return code === -1 ? 0 : code;
  }
}

export interface DOMException extends Error {}

setPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, 'DOMException');
defineConstants(DOMException, CONSTANTS);

/** Its two numbers say how much was asked for, and how much there is; null when that is not told. */
export class QuotaExceededError extends DOMException {
  readonly #quota: number | null;
  readonly #requested: number | null;

  constructor(message: unknown = '', options: unknown = undefined) {
    super(message, 'QuotaExceededError');
    const { quota, requested } = dictionary(options, 'QuotaExceededError: options');
    this.#quota = amount(quota, 'QuotaExceededError: quota');
    this.#requested = amount(requested, 'QuotaExceededError: requested');
    if (this.#quota !== null && this.#requested !== null && this.#requested < this.#quota) {
      throw new RangeError('QuotaExceededError: requested is less than quota');
    }
  }

  get quota(): number | null {
    return this.#quota;
  }

  get requested(): number | null {
    return this.#requested;
  }
}

defineInterface(QuotaExceededError, 'QuotaExceededError');

function amount(value: unknown, what: string): number | null {
  if (value === undefined) return null;
  const number = double(value, what);
  if (number < 0) throw new RangeError(`${what} is negative`);
  return number;
}

export function isDomException(value: object): value is DOMException {
  return states.has(value);
}

function stateOf(self: object): ExceptionState {
  const state = states.get(self);
  if (state === undefined) throw new TypeError('this is not a DOMException');
  return state;
}
