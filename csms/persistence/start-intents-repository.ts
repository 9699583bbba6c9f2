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

/** Stores the intent; one that waits for the same token at the same place is replaced. */
export async function storeAppIntent(db: Knex, intent: AppIntent): Promise<void> {
  await query(
    db,
    sql(
      `insert into csms.start_intents (id, organization_id, site_id, station_id, evse_id, id_token, account_ref, channel, dialect_ref, limits,
         status, created_at, expires_at, display_id_token)
       values (?::uuid, ?::uuid, ?::uuid, ?::uuid, ?, ?, ?, 'app', ?, ?::jsonb, 'pending', ?::timestamptz, ?::timestamptz, ?)
       on conflict (station_id, id_token, channel, evse_id) where status = 'pending' do update set id = excluded.id,
         organization_id = excluded.organization_id, site_id = excluded.site_id,
         account_ref = excluded.account_ref, dialect_ref = excluded.dialect_ref, limits = excluded.limits, created_at = excluded.created_at,
         expires_at = excluded.expires_at, display_id_token = excluded.display_id_token`,
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

/** Gives the intent of a start command the name that its charge will bear. */
export async function nameIntent(db: Knex, station: StationKey, remoteStartId: number, name: string): Promise<void> {
  await query(
    db,
    sql(
      `update csms.start_intents set dialect_ref = ? where station_id = ?::uuid and dialect_ref = ? and status = 'pending'`,
      name,
      station,
      String(remoteStartId),
    ),
  );
}

/** Ends an intent that nothing came of; one that a transaction has taken stays. */
export async function expireIntent(db: Knex, id: Uuid): Promise<void> {
  await query(
    db,
    sql(`update csms.start_intents set status = 'expired' where id = ?::uuid and status = 'pending'`, id),
  );
}
