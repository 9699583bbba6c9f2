import type { LedgerAccountRef } from './entry.ts';

/** The name of a ledger account within its organisation and currency, as the database makes it: `wallet:…`, `provider:stripe`, `revenue`. */
export function accountCode(ref: LedgerAccountRef): string {
  switch (ref.kind) {
    case 'wallet':
    case 'hold':
    case 'receivable':
      return ref.accountId === null ? ref.kind : `${ref.kind}:${ref.accountId.toLowerCase()}`;
    case 'provider':
      return `${ref.kind}:${ref.provider}`;
    default:
      return ref.kind;
  }
}

/** What is in a wallet, or held, is owed to its party: it may come to nothing, but not to less. */
export function mayBeOverdrawn({ kind }: LedgerAccountRef): boolean {
  return kind !== 'wallet' && kind !== 'hold';
}
