import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { StartLimits } from '../contract/funds-port.ts';
import type { StationKey } from '../contract/ids.ts';
import { query } from './query.ts';
import { sql } from './sql.ts';
import { storableJson } from './storable-text.ts';

/** An intent that a start command leaves: whoever gave the command vouches for the token. */
export interface AppIntent {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly station: StationKey;
  readonly evseId: number | null;
  /** Folded. */
  readonly idToken: string;
  /** The token as it was given. */
  readonly displayIdToken: string;
  readonly accountRef: string | null;
  /** What the station repeats of the start command, where its dialect has such a thing. */
  readonly dialectRef: string;
  readonly limits: StartLimits;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

/**
 * Stores the intent; one that waits for the same token at the same place is void, and the name that its charge would have borne stays known as one
 * of ours. To be called within a transaction.
 */
export async function storeAppIntent(db: Knex, intent: AppIntent): Promise<void> {
  await query(
    db,
    sql(
      `update csms.start_intents set status = 'refused', refusal = 'replaced'
       where station_id = ?::uuid and id_token = ? and channel = 'app' and evse_id is not distinct from ?::int and status = 'pending'`,
      intent.station,
      intent.idToken,
      intent.evseId,
    ),
  );
  await query(
    db,
    sql(
      `insert into csms.start_intents (id, organization_id, site_id, station_id, evse_id, id_token, account_ref, channel, dialect_ref, limits,
         status, created_at, expires_at, display_id_token)
       values (?::uuid, ?::uuid, ?::uuid, ?::uuid, ?, ?, ?, 'app', ?, ?::jsonb, 'pending', ?::timestamptz, ?::timestamptz, ?)
       on conflict (station_id, id_token, channel, evse_id) where status = 'pending' do update set id = excluded.id,
         organization_id = excluded.organization_id, site_id = excluded.site_id,
         account_ref = excluded.account_ref, dialect_ref = excluded.dialect_ref, limits = excluded.limits, created_at = excluded.created_at,
         expires_at = excluded.expires_at, display_id_token = excluded.display_id_token, parallel_group = null`,
      intent.id,
      intent.organizationId,
      intent.siteId,
      intent.station,
      intent.evseId,
      intent.idToken,
      intent.accountRef,
      intent.dialectRef,
      storableJson(intent.limits),
      toIso(intent.createdAt),
      toIso(intent.expiresAt),
      intent.displayIdToken,
    ),
  );
}

/** What a start command leads to, as the station is about to be told. */
export interface NamedStart {
  readonly station: StationKey;
  readonly remoteStartId: number;
  /** The name that the charge will bear. */
  readonly name: string;
  /** The intent is over then, at the latest. */
  readonly startBy: Instant | null;
  readonly parallelGroup: string | null;
  /** For each further EVSE that feeds the same vehicle. */
  readonly copies: readonly { readonly id: Uuid; readonly evseId: number; readonly name: string }[];
}

/**
 * Gives the intent of a start command the name that its charge will bear, and copies it for the other EVSEs of its group. Nothing happens when it
 * is named already. To be called within a transaction.
 */
export async function nameIntent(db: Knex, { copies, ...start }: NamedStart): Promise<void> {
  const [named] = await query<{ id: Uuid; id_token: string; channel: string }>(
    db,
    sql(
      `update csms.start_intents set dialect_ref = ?, parallel_group = ?,
         expires_at = least(expires_at, ?::timestamptz)
       where station_id = ?::uuid and dialect_ref = ? and status = 'pending' returning id, id_token, channel`,
      start.name,
      start.parallelGroup,
      start.startBy === null ? null : toIso(start.startBy),
      start.station,
      String(start.remoteStartId),
    ),
  );
  if (named === undefined || copies.length === 0) return;
  await query(
    db,
    sql(
      `update csms.start_intents set status = 'refused', refusal = 'replaced'
       where station_id = ?::uuid and id_token = ? and channel = ? and evse_id = any(?::int[]) and status = 'pending' and id <> ?::uuid`,
      start.station,
      named.id_token,
      named.channel,
      copies.map(({ evseId }) => evseId),
      named.id,
    ),
  );
  await query(
    db,
    sql(
      `insert into csms.start_intents (id, organization_id, site_id, station_id, evse_id, id_token, account_ref, channel, partner_ref,
         dialect_ref, limits, status, created_at, expires_at, display_id_token, parallel_group)
       select x.id, n.organization_id, n.site_id, n.station_id, x.evse_id, n.id_token, n.account_ref, n.channel, n.partner_ref, x.name,
         n.limits, n.status, n.created_at, n.expires_at, n.display_id_token, n.parallel_group
       from csms.start_intents n, unnest(?::uuid[], ?::int[], ?::text[]) as x (id, evse_id, name)
       where n.id = ?::uuid and x.evse_id is distinct from n.evse_id
       on conflict do nothing`,
      copies.map(({ id }) => id),
      copies.map(({ evseId }) => evseId),
      copies.map(({ name }) => name),
      named.id,
    ),
  );
}

/**
 * Ends an intent that nothing came of, and its copies for other EVSEs; one that a transaction has taken stays.
 *
 * @param refusal why no charge may come of it any more; null when one may have begun in time without our knowing
 */
export async function endIntent(db: Knex, id: Uuid, refusal: string | null): Promise<void> {
  await query(
    db,
    sql(
      `update csms.start_intents n set status = ?, refusal = ?
       from csms.start_intents given
       where given.id = ?::uuid and n.status = 'pending' and n.station_id = given.station_id
         and (n.id = given.id or (n.parallel_group = given.parallel_group and n.id_token = given.id_token))`,
      refusal === null ? 'expired' : 'refused',
      refusal,
      id,
    ),
  );
}
