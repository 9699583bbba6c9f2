import type { Exchange } from '../../ocpp-j/exchange.ts';
import { asFields, asList } from '../../ocpp-j/values/fields.ts';

/**
 * Reads each item of a list. One that does not even say what it is about has no place in a report; the message is flagged. To be called
 * before the message's origin is made.
 *
 * @param path where the list is in the message, for the flag: `/reportData`
 */
export function readEach<T>(
  list: unknown,
  path: string,
  exchange: Exchange,
  read: (item: Readonly<Record<string, unknown>>) => T | undefined,
): T[] {
  let isWhole = true;
  const items = asList(list).flatMap((item) => {
    const value = read(asFields(item));
    if (value === undefined) isWhole = false;
    return value === undefined ? [] : [value];
  });
  if (!isWhole) exchange.odd(`unreadable:${path}`);
  return items;
}
