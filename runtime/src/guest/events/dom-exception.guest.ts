import { defineConstants, defineInterface } from '../core/interface.guest.ts';
import { domString } from '../core/webidl.guest.ts';

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

let isDomException: (value: unknown) => value is DOMException;

/** DOMException of WebIDL. It derives from Error, so that it has a stack and `Error.isError` knows it. */
export class DOMException extends Error {
  readonly #name: string;
  readonly #message: string;

  static {
    isDomException = (value): value is DOMException => typeof value === 'object' && value !== null && #name in value;
  }

  constructor(message: unknown = '', name: unknown = 'Error') {
    super();
    this.#message = domString(message);
    this.#name = domString(name);
  }

  override get name(): string {
    return this.#name;
  }

  override get message(): string {
    return this.#message;
  }

  get code(): number {
    const code = LEGACY_NAMES.indexOf(this.#name as never);
    return code === -1 ? 0 : code;
  }
}

defineInterface(DOMException, 'DOMException');
defineConstants(DOMException, CONSTANTS);

export { isDomException };
