import type { Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import {
  encodeCursor,
  type KeysetList,
  makePage as makeKeysetPage,
  readPageRequest,
} from '@voltpile/platform/database/keyset-page';

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
export function readPage(list: string, page: PageRequest): { readonly limit: number; readonly after: Uuid | null } {
  const { limit, after } = readPageRequest(byId(list), page);
  return { limit, after: after as Uuid | null };
}

/** Makes a page of rows that were read with `limit + 1`. */
export function makePage<View extends { readonly id: Uuid }>(
  list: string,
  views: readonly View[],
  limit: number,
): Page<View> {
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
