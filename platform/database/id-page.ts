import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import { encodeCursor, type KeysetList, makePage as makeKeysetPage, readPageRequest } from './keyset-page.ts';

function byId(name: string): KeysetList {
  return { name, isKey: isUuid };
}

/**
 * Reads the request for a page of a list that goes by id, newest first.
 *
 * @param list its name: a cursor of another list is refused
 * @returns `after`: the id of the last item shown, null on the first page
 * @throws InvalidArgument `list.bad_cursor`, `list.bad_limit`
 */
export function readPage(
  list: string,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): { readonly limit: number; readonly after: Uuid | null } {
  const { limit, after } = readPageRequest(byId(list), page);
  return { limit, after: after as Uuid | null };
}

/** Makes a page of rows that were read with `limit + 1`. */
export function makePage<View extends { readonly id: Uuid }>(
  list: string,
  views: readonly View[],
  limit: number,
): { readonly items: View[]; readonly nextCursor: string | null } {
  return makeKeysetPage(
    byId(list),
    views,
    limit,
    ({ id }) => id,
    (view) => view,
  );
}

/** The cursor behind this item. */
export function cursorOf(list: string, id: Uuid): string {
  return encodeCursor(byId(list), id);
}
