import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';

/** The same code that the other rooms' lists use. */
export const badCursor = defineError('list.bad_cursor', 'InvalidArgument', 'The cursor is not one of this list.');

/** Opaque text for "after the row of this id". */
export function encodeCursor(id: Uuid): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** @throws InvalidArgument `list.bad_cursor` */
export function decodeCursor(cursor: string): Uuid {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  if (!isUuid(id) || encodeCursor(id) !== cursor) throw badCursor();
  return id;
}
