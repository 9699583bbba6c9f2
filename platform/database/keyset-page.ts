import { defineError } from '@voltpile/kernel/errors';

export const badCursor = defineError(
  'list.bad_cursor',
  'InvalidArgument',
  'The cursor was not made by this list; start again without one.',
);

export const badLimit = defineError('list.bad_limit', 'InvalidArgument', 'A page holds 1 to {max} items.');

const MAX_LIMIT = 500;

/**
 * A keyset list: its name, and what a key of it looks like. The cursor names the last item that was shown, so that pages neither skip nor
 * repeat items while others come and go.
 */
export interface KeysetList {
  readonly name: string;
  readonly isKey: (key: string) => boolean;
}

/** Makes the opaque cursor that stands for "after this key". */
export function encodeCursor(list: KeysetList, key: string): string {
  return Buffer.from(`${list.name}:${key}`, 'utf8').toString('base64url');
}

/**
 * Reads the page request.
 *
 * @returns `after`: the key of the last item shown, null on the first page
 * @throws InvalidArgument `list.bad_cursor`, `list.bad_limit`
 */
export function readPageRequest(
  list: KeysetList,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): { limit: number; after: string | null } {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_LIMIT) throw badLimit({ max: MAX_LIMIT });
  if (page.cursor === undefined) return { limit: page.limit, after: null };
  const text = Buffer.from(page.cursor, 'base64url').toString('utf8');
  const key = text.slice(list.name.length + 1);
  if (encodeCursor(list, key) !== page.cursor || !list.isKey(key)) throw badCursor();
  return { limit: page.limit, after: key };
}

/** Makes a page of rows that were read with `limit + 1`. */
export function makePage<Row, View>(
  list: KeysetList,
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
  toView: (row: Row) => View,
): { readonly items: View[]; readonly nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(toView), nextCursor: more ? encodeCursor(list, keyOf(last)) : null };
}
