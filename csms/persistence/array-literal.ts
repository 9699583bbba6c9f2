/**
 * PostgreSQL array literals for `unnest($1::type[])`. The driver's own conversion escapes every element of every array; here the
 * caller says which texts can need it, which halves the client's cost of a bulk insert.
 */

/** For values that can hold no quote, comma, brace, backslash or blank: numbers, uuids, ISO times. null becomes NULL. */
export function plainArray(values: readonly (string | number | bigint | boolean | null)[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    text += index === 0 ? '' : ',';
    text += value === null ? 'NULL' : value;
  }
  return `${text}}`;
}

const NEEDS_ESCAPE = /["\\]/;
const ESCAPE = /["\\]/g;

/** For any text. PostgreSQL's text cannot hold NUL: it is replaced by U+FFFD. */
export function textArray(values: readonly (string | null)[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as string | null;
    if (index !== 0) text += ',';
    if (value === null) text += 'NULL';
    else text += `"${NEEDS_ESCAPE.test(value) ? value.replace(ESCAPE, '\\$&') : value}"`;
  }
  text += '}';
  return text.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text;
}

/** Separates texts in {@link joinedTexts}; a control character that valid JSON holds only as an escape. */
const SEPARATOR = '\u001e';

/**
 * Texts for `string_to_array($1, E'\x1e')`: no escaping on this side, no unescaping on the other. Only for texts that are never empty and
 * hold no control characters (JSON); one that does all the same has it replaced by U+FFFD.
 */
export function joinedTexts(values: readonly string[]): string {
  const text = values.join(SEPARATOR);
  let separators = 0;
  for (let at = text.indexOf(SEPARATOR); at !== -1; at = text.indexOf(SEPARATOR, at + 1)) separators += 1;
  const clean = separators === values.length - 1 ? text : values.map(withoutSeparator).join(SEPARATOR);
  return clean.includes('\u0000') ? clean.replaceAll('\u0000', '\ufffd') : clean;
}

function withoutSeparator(value: string): string {
  return value.replaceAll(SEPARATOR, '\ufffd');
}
