import { storableText } from '@voltpile/platform/database/storable-text';

/** JSON text of a plain value for a `jsonb` column, every text in it made storable. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  // JSON.stringify writes NUL and unpaired surrogates as escapes (and nothing else that starts with \u00 00 or \ud8…\udf).
  return /\\u(?:0000|d[89a-f])/.test(text) ? JSON.stringify(makeStorable(value)) : text;
}

function makeStorable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(makeStorable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), makeStorable(inner)]));
}

/** Cuts a text to so many characters; `onCut` is told when something was lost. */
export function cutText(text: string, maxLength: number, onCut: () => void): string {
  if (text.length <= maxLength) return storableText(text);
  onCut();
  return storableText(text.slice(0, maxLength));
}
