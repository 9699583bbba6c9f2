/** Whether PostgreSQL's `text` and `jsonb` can hold it: they take neither NUL nor half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

/** What cannot be stored becomes U+FFFD, as a decoder would have made of it. See {@link isStorable}. */
export function storableText(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.includes('\u0000') ? wellFormed.replaceAll('\u0000', '\ufffd') : wellFormed;
}
