/** Text that PostgreSQL takes: what it does not (NUL, halves of surrogate pairs) becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}
