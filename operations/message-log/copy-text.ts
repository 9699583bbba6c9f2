/** Characters that mean something in PostgreSQL's text format of COPY, and NUL, which no text may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
const SPECIAL = /[\\\t\n\r\u0000]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\u0000': '\ufffd',
};

/** One row for `COPY … FROM STDIN` in text format. */
export function copyRow(values: readonly (string | number | null)[]): string {
  return `${values.map(copyValue).join('\t')}\n`;
}

function copyValue(value: string | number | null): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  return value.toWellFormed().replace(SPECIAL, (found) => ESCAPES[found] as string);
}
