import { isUuid, type Uuid } from '@voltpile/kernel/ids';

/** What an event says, read with care: another version may have written it. */
export type Data = Readonly<Record<string, unknown>>;

/** The id of the transaction that an event is about; null: it names none. */
export function transactionIn(data: Data): Uuid | null {
  const id = textIn(data, 'transactionId');
  return id !== null && isUuid(id) ? id : null;
}

/** What an event says that a charge costs; null: nothing. */
export function costIn({ cost }: Data): { readonly amount: string; readonly currency: string } | null {
  if (typeof cost !== 'object' || cost === null) return null;
  const { amount, currency } = cost as Record<string, unknown>;
  return typeof amount === 'string' && typeof currency === 'string' ? { amount, currency } : null;
}

export function textIn(data: Data, name: string): string | null {
  const value = data[name];
  return typeof value === 'string' ? value : null;
}

export function numberIn(data: Data, name: string): number | null {
  const value = data[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
