/** The deepest message of any version has about ten levels; vendor data may have the rest. */
export const MAX_LEVELS = 64;

/**
 * Whether a JSON value has more levels than {@link MAX_LEVELS}. A few kilobytes of brackets are enough to exhaust the stack of whoever
 * writes such a value as JSON again.
 */
export function isDeep(value: unknown, levels: number = MAX_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const member of Object.values(value)) {
    if (isDeep(member, levels - 1)) return true;
  }
  return false;
}

/** The value with null in place of what lies deeper than {@link MAX_LEVELS}. */
export function withoutDepths(value: unknown, levels: number = MAX_LEVELS): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((member) => withoutDepths(member, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutDepths(member, levels - 1)]));
}
