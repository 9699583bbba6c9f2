import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { LedgerEntryKind, LedgerReferenceType } from '../contract/ledger.ts';
import type { WalletMovementView, WalletView } from '../contract/wallets.ts';
import { accountCode } from '../ledger/account-code.ts';
import { toMoney } from '../money/minor-units.ts';

/** Whose wallet. */
export interface WalletOwner {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly currency: string;
}

interface MovementRow {
  readonly entry_id: Uuid;
  readonly number: string;
  readonly kind: LedgerEntryKind;
  readonly reference_type: LedgerReferenceType;
  readonly reference_id: Uuid;
  readonly description: string;
  readonly at: Date;
  readonly debit_minor: string;
  readonly balance_minor: string;
}

export async function readWallet(db: Knex, { id, organizationId, currency }: WalletOwner): Promise<WalletView> {
  const { rows } = await db.raw<{ rows: { kind: string; currency: string; balance_minor: string }[] }>(
    `select b.kind, a.currency, b.balance_minor
     from billing.ledger_accounts a join billing.ledger_balances b on b.ledger_account_id = a.id
     where a.account_id = ?::uuid and a.organization_id = ?::uuid order by a.currency`,
    [id, organizationId],
  );
  const own = rows.filter((row) => row.currency === currency);
  const debit = (kind: string): bigint => BigInt(own.find((row) => row.kind === kind)?.balance_minor ?? 0);
  return {
    accountId: id,
    available: toMoney(-debit('wallet'), currency),
    held: toMoney(-debit('hold'), currency),
    owed: toMoney(debit('receivable'), currency),
    owedInOtherCurrencies: rows
      .filter((row) => row.kind === 'receivable' && row.currency !== currency && BigInt(row.balance_minor) !== 0n)
      .map((row) => toMoney(BigInt(row.balance_minor), row.currency)),
  };
}

/** What is in a wallet, in minor units. */
export async function readAvailable(db: Knex, { id, organizationId, currency }: WalletOwner): Promise<bigint> {
  const { rows } = await db.raw<{ rows: { balance_minor: string }[] }>(
    `select b.balance_minor from billing.ledger_accounts a join billing.ledger_balances b on b.ledger_account_id = a.id
     where a.account_id = ?::uuid and a.organization_id = ?::uuid and a.currency = ? and a.kind = 'wallet'`,
    [id, organizationId, currency],
  );
  return -BigInt(rows[0]?.balance_minor ?? 0);
}

/** Newest first. @param before number of the last one shown */
export async function listMovements(
  db: Knex,
  { id, organizationId, currency }: WalletOwner,
  before: string | null,
  count: number,
): Promise<WalletMovementView[]> {
  const { rows } = await db.raw<{ rows: MovementRow[] }>(
    `select p.entry_id, p.number, e.kind, e.reference_type, e.reference_id, e.description, e.at, p.debit_minor, p.balance_minor
     from billing.ledger_accounts a
     join billing.ledger_postings p on p.ledger_account_id = a.id
     join billing.ledger_entries e on e.id = p.entry_id
     where a.organization_id = ?::uuid and a.currency = ? and a.code = ? and (?::bigint is null or p.number < ?::bigint)
     order by p.number desc limit ?`,
    [organizationId, currency, accountCode({ kind: 'wallet', accountId: id }), before, before, count],
  );
  return rows.map((row) => ({
    entryId: row.entry_id,
    number: Number(row.number),
    kind: row.kind,
    reference: { type: row.reference_type, id: row.reference_id },
    description: row.description,
    at: row.at.toISOString(),
    amount: toMoney(-BigInt(row.debit_minor), currency),
    available: toMoney(-BigInt(row.balance_minor), currency),
  }));
}
