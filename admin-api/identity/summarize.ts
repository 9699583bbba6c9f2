/** Larger summaries are replaced by a note of their size. */
const MAX_CHARACTERS = 16_384;

const SECRET_NAME = /password|secret|authorizationkey|privatekey|accesstoken|refreshtoken/i;

/**
 * JSON text of a view for the audit log: members whose name says that they are secret are masked, whatever their depth; a value
 * that is too large is replaced by its size. Null when there is nothing to tell.
 */
export function summarize(view: unknown): string | null {
  if (view === undefined || view === null) return null;
  const text = JSON.stringify(view, (name, value: unknown) =>
    SECRET_NAME.test(name) && typeof value === 'string' ? '***' : value,
  );
  return text.length <= MAX_CHARACTERS ? text : JSON.stringify({ omitted: true, characters: text.length });
}
