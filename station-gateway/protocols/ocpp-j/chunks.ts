/** The most that a station takes in one message when it has told nothing else: all stations in the field take as many. */
export const DEFAULT_ITEMS_PER_MESSAGE = 10;

/** The items in parts of at most so many; no part for none. */
export function chunked<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let index = 0; index < items.length; index += size) parts.push(items.slice(index, index + size));
  return parts;
}
