import { type Instant, toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { ProviderMethod } from '../payment-provider.ts';

export interface CustomerRow {
  readonly provider: string;
  readonly account_id: Uuid;
  readonly organization_id: Uuid;
  readonly provider_ref: string;
  readonly watch_until: Date | null;
}

export interface MethodRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly account_id: Uuid;
  readonly provider: string;
  readonly provider_ref: string;
  readonly brand: string;
  readonly last4: string;
  readonly expiry_year: number;
  readonly expiry_month: number;
  readonly created_at: Date;
  readonly removed_at: Date | null;
}

const customers = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('payment_customers');
const methods = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('payment_methods');

/** Does nothing when the account has a customer there already. */
export async function insertCustomer(
  db: Knex,
  customer: {
    readonly provider: string;
    readonly accountId: Uuid;
    readonly organizationId: Uuid;
    readonly providerRef: string;
  },
  now: Instant,
): Promise<void> {
  await customers(db)
    .insert({
      provider: customer.provider,
      account_id: customer.accountId,
      organization_id: customer.organizationId,
      provider_ref: customer.providerRef,
      created_at: toIso(now),
    })
    .onConflict(['provider', 'account_id'])
    .ignore();
}

export async function findCustomer(
  db: Knex,
  by: { readonly provider: string } & ({ readonly account_id: Uuid } | { readonly provider_ref: string }),
): Promise<CustomerRow | undefined> {
  return customers(db).where(by).first();
}

/** A card is being saved: look at what the customer has, from then on until that. */
export async function watchCustomer(
  db: Knex,
  { provider, account_id }: Pick<CustomerRow, 'provider' | 'account_id'>,
  watch: { readonly from: Instant; readonly until: Instant } | null,
): Promise<void> {
  await customers(db)
    .where({ provider, account_id })
    .update({
      next_check_at: watch === null ? null : toIso(watch.from),
      watch_until: watch === null ? null : toIso(watch.until),
    });
}

/** Those that are to be looked at; each for one caller only, until `again`. */
export async function claimWatched(
  db: Knex,
  provider: string,
  now: Instant,
  again: Instant,
  count: number,
): Promise<CustomerRow[]> {
  const { rows } = await db.raw<{ rows: CustomerRow[] }>(
    `update billing.payment_customers set next_check_at = case when watch_until > :again then :again::timestamptz end
     where (provider, account_id) in (
       select provider, account_id from billing.payment_customers where next_check_at <= :now and provider = :provider
       order by next_check_at limit :count for update skip locked)
     returning provider, account_id, organization_id, provider_ref, watch_until`,
    { provider, now: toIso(now), again: toIso(again), count },
  );
  return rows;
}

/**
 * Stores what the customer has there now.
 *
 * @returns how many of them are new
 */
export async function storeMethods(
  trx: Knex,
  customer: CustomerRow,
  found: readonly ProviderMethod[],
  now: Instant,
): Promise<number> {
  let added = 0;
  for (const method of found) {
    const rows: { isNew: boolean }[] = await methods(trx)
      .insert({
        id: uuidv7(),
        organization_id: customer.organization_id,
        account_id: customer.account_id,
        provider: customer.provider,
        provider_ref: method.providerRef,
        brand: method.brand.slice(0, 50),
        last4: method.last4.slice(0, 4),
        expiry_year: method.expiryYear,
        expiry_month: method.expiryMonth,
        created_at: toIso(now),
      })
      .onConflict(['provider', 'provider_ref'])
      .merge(['expiry_year', 'expiry_month'])
      // A row that was never updated has no xmax.
      .returning(trx.raw('(xmax = 0) as "isNew"'));
    if (rows[0]?.isNew === true) added++;
  }
  await methods(trx)
    .where({ provider: customer.provider, account_id: customer.account_id })
    .whereNull('removed_at')
    .whereRaw('provider_ref <> all(?::text[])', [found.map(({ providerRef }) => providerRef)])
    .update({ removed_at: toIso(now) });
  return added;
}

export async function findMethod(db: Knex, accountId: Uuid, id: Uuid): Promise<MethodRow | undefined> {
  return methods(db).where({ id, account_id: accountId }).whereNull('removed_at').first();
}

/** The card that an account charges by: this one while it is saved, otherwise the newest. */
export async function chooseMethod(
  db: Knex,
  provider: string,
  accountId: Uuid,
  preferred: Uuid | null,
): Promise<MethodRow | undefined> {
  return methods(db)
    .where({ account_id: accountId, provider })
    .whereNull('removed_at')
    .orderByRaw('id = ?::uuid desc nulls last, id desc', [preferred as string])
    .first();
}

/** For what was begun with it: also when it is gone. */
export async function readMethod(db: Knex, id: Uuid): Promise<MethodRow | undefined> {
  return methods(db).where({ id }).first();
}

/** Newest first. */
export async function listMethods(db: Knex, accountId: Uuid, after: Uuid | null, count: number): Promise<MethodRow[]> {
  const query = methods(db).where({ account_id: accountId }).whereNull('removed_at').orderBy('id', 'desc').limit(count);
  if (after !== null) query.where('id', '<', after);
  return query;
}
