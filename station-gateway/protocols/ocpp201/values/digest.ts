import { hash } from 'node:crypto';

/** SHA-256 over a JSON value with sorted keys: the same content has the same digest, however a station orders it. */
export function digestOf(value: unknown): string {
  return hash('sha256', canonical(value), 'base64url');
}

/**
 * A text that no other JSON value has. Not JSON: lengths in place of quotes and escapes, because every message about a transaction comes
 * through here.
 */
function canonical(value: unknown): string {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (typeof value !== 'object' || value === null) return `${value};`;
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += canonical(item);
    return `[${text}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(members).sort()) text += `k${key.length}:${key}${canonical(members[key])}`;
  return `{${text}}`;
}
