/** What the text says in JSON; null for what is no JSON, which the schema that comes next refuses with what it expected. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
