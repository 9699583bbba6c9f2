import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { SiteAddress } from '@voltpile/csms/contract/operator-ports';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type {
  AccountFilter,
  AccountKind,
  AccountLanguage,
  AccountStatus,
  AccountView,
  PaymentMode,
} from '../contract/accounts.ts';
import { ofOrganizations } from '../persistence/of-organizations.ts';

interface AccountRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly kind: AccountKind;
  readonly name: string;
  readonly email: string | null;
  readonly language: AccountLanguage;
  readonly currency: string;
  readonly status: AccountStatus;
  readonly payment_mode: PaymentMode;
  readonly default_payment_method_id: Uuid | null;
  readonly group_id: Uuid | null;
  readonly address: SiteAddress | null;
  readonly tax_id: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const accounts = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('accounts');

export async function insertAccount(db: Knex, view: AccountView): Promise<void> {
  await accounts(db).insert({
    id: view.id,
    organization_id: view.organizationId,
    kind: view.kind,
    currency: view.currency,
    created_at: view.createdAt,
    ...changeable(view),
  });
}

export async function updateAccount(db: Knex, view: AccountView): Promise<void> {
  await accounts(db).where({ id: view.id }).update(changeable(view));
}

/** Newest first. */
export async function listAccounts(
  db: Knex,
  scope: AccessScope,
  filter: AccountFilter,
  after: Uuid | null,
  count: number,
): Promise<AccountView[]> {
  const query = accounts(db).modify(ofOrganizations(scope)).orderBy('id', 'desc').limit(count);
  const { organizationId, kind, status, paymentMode, groupId, search } = filter;
  if (organizationId !== undefined) query.where('organization_id', organizationId);
  if (kind !== undefined) query.where('kind', kind);
  if (status !== undefined) query.where('status', status);
  if (paymentMode !== undefined) query.where('payment_mode', paymentMode);
  if (groupId !== undefined) query.where('group_id', groupId);
  if (search !== undefined) {
    query.whereRaw(`position(lower(?) in lower(name || chr(10) || coalesce(email, ''))) > 0`, [search]);
  }
  if (after !== null) query.where('id', '<', after);
  const rows: readonly AccountRow[] = await query;
  return rows.map(viewOf);
}

export async function findAccount(
  db: Knex,
  scope: AccessScope,
  id: Uuid,
  options: { readonly lock?: boolean } = {},
): Promise<AccountView | undefined> {
  const query = accounts(db).where({ id }).modify(ofOrganizations(scope));
  if (options.lock === true) query.forUpdate();
  const row: AccountRow | undefined = await query.first();
  return row === undefined ? undefined : viewOf(row);
}

/** Those that there are, in any order and of any organisation. */
export async function findAccounts(db: Knex, ids: readonly Uuid[]): Promise<AccountView[]> {
  if (ids.length === 0) return [];
  const rows: AccountRow[] = await accounts(db).whereRaw('id = any(?::uuid[])', [[...ids]]);
  return rows.map(viewOf);
}

function changeable(view: AccountView): Record<string, unknown> {
  return {
    name: view.name,
    email: view.email,
    language: view.language,
    status: view.status,
    payment_mode: view.paymentMode,
    default_payment_method_id: view.defaultPaymentMethodId,
    group_id: view.groupId,
    address: view.address === null ? null : JSON.stringify(view.address),
    tax_id: view.taxId,
    updated_at: view.updatedAt,
  };
}

function viewOf(row: AccountRow): AccountView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind,
    name: row.name,
    email: row.email,
    language: row.language,
    currency: row.currency,
    status: row.status,
    paymentMode: row.payment_mode,
    defaultPaymentMethodId: row.default_payment_method_id,
    groupId: row.group_id,
    address: row.address,
    taxId: row.tax_id,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** How accounts pay, and in which currency their wallets are, of those that there are. */
export async function findPaymentModes(
  db: Knex,
  ids: readonly Uuid[],
): Promise<{ readonly id: Uuid; readonly paymentMode: PaymentMode; readonly currency: string }[]> {
  if (ids.length === 0) return [];
  const rows: { id: Uuid; payment_mode: PaymentMode; currency: string }[] = await accounts(db)
    .whereRaw('id = any(?::uuid[])', [[...ids]])
    .select('id', 'payment_mode', 'currency');
  return rows.map((row) => ({ id: row.id, paymentMode: row.payment_mode, currency: row.currency }));
}
