/** For a command to which the domain has added no limit: a station that takes fewer items says so with an error. */
const DEFAULT_ITEMS_PER_MESSAGE = 10;

/**
 * The items in parts of at most so many; no part for none.
 *
 * @param size what the station takes in one message, by its own word; anything that is no number from 1 up counts as not told
 */
export function chunked<T>(items: readonly T[], size: number | undefined): T[][] {
  const step = size !== undefined && size >= 1 ? Math.floor(size) : DEFAULT_ITEMS_PER_MESSAGE;
  const parts: T[][] = [];
  for (let index = 0; index < items.length; index += step) parts.push(items.slice(index, index + step));
  return parts;
}
