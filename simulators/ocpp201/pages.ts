/**
 * Cuts a list into pages of so many items and so many bytes (as JSON) at most; an item that is larger than a page has one for itself.
 *
 * @returns at least one page, which is empty when there is nothing
 */
export function pagesOf<T>(items: readonly T[], limits: { readonly items: number; readonly bytes: number }): T[][] {
  const pages: T[][] = [[]];
  let size = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(JSON.stringify(item)) + 1;
    const page = pages.at(-1) as T[];
    if (page.length > 0 && (page.length >= limits.items || size + bytes > limits.bytes)) {
      pages.push([item]);
      size = bytes;
    } else {
      page.push(item);
      size += bytes;
    }
  }
  return pages;
}
