/** Single facts of a JSON body that was verified. What is not there, or not as expected, is null and no error. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function parseObject(body: Buffer): JsonObject | null {
  try {
    return objectOf(JSON.parse(body.toString('utf8')));
  } catch {
    // Whether the body is JSON is the function's concern: it is delivered either way.
    return null;
  }
}

export function objectField(object: JsonObject | null, name: string): JsonObject | null {
  return object !== null && Object.hasOwn(object, name) ? objectOf(object[name]) : null;
}

export function textField(object: JsonObject | null, name: string): string | null {
  const value = object !== null && Object.hasOwn(object, name) ? object[name] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}

function objectOf(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
