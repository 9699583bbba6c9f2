import type { Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';

/** The same codes that the other rooms' lists use. */
export const badCursor = defineError(
  'list.bad_cursor',
  'InvalidArgument',
  'The cursor was not made by this list; start again without one.',
);
export const badLimit = defineError('list.bad_limit', 'InvalidArgument', 'A page holds 1 to {max} items.');

const MAX_LIMIT = 500;

/**
 * Reads the request for a page of a list that goes by id, newest first.
 *
 * @param list its name: a cursor of another list is refused
 * @returns `after`: the id of the last item shown, null on the first page
 * @throws InvalidArgument `list.bad_cursor`, `list.bad_limit`
 */
export function readPage(list: string, page: PageRequest): { readonly limit: number; readonly after: Uuid | null } {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > MAX_LIMIT) throw badLimit({ max: MAX_LIMIT });
  if (page.cursor === undefined) return { limit: page.limit, after: null };
  const id = Buffer.from(page.cursor, 'base64url')
    .toString('utf8')
    .slice(list.length + 1);
  if (!isUuid(id) || cursorOf(list, id) !== page.cursor) throw badCursor();
  return { limit: page.limit, after: id };
}

/** Makes a page of rows that were read with `limit + 1`. */
export function makePage<View extends { readonly id: Uuid }>(
  list: string,
  views: readonly View[],
  limit: number,
): Page<View> {
  const items = views.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: views.length > limit && last !== undefined ? cursorOf(list, last.id) : null };
}

/** The cursor behind this item. */
export function cursorOf(list: string, id: Uuid): string {
  return Buffer.from(`${list}:${id}`, 'utf8').toString('base64url');
}
