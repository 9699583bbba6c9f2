import { type Instant, toIso } from '@voltpile/kernel/clock';
import { foldToken } from '../authorization/evaluate-token.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';

/** A transaction that has begun, or of which more is known now: what tells which reservation it uses. */
export interface StartedTransaction {
  readonly transactionId: string;
  readonly stationId: string;
  /** null while it is not known. */
  readonly evseId: number | null;
  /** As the station repeats it; null when it names none. */
  readonly reservationId: number | null;
  /** The token that it runs under; null without one. */
  readonly idToken: string | null;
  /** The group of that token, when it is registered with one. */
  readonly groupIdToken: string | null;
  /** Effective time of the start. */
  readonly startedAt: Instant;
}

/** As the API writes a time. */
const time = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * A clock that is off by a minute is not corrected: so far from its bounds a start still lies within a reservation.
 */
const SLACK = `interval '1 minute'`;
const IS_TOKEN = 'x.id_token = r.id_token';
const IS_GROUP = 'x.group_id_token = r.group_id_token';

/*
 * The station's word is good for a reservation of any status: the start may be reported late. Without a word it is the one that fits and
 * has not been given up, at this EVSE rather than at any, by its own token rather than by the group. A number that is none of ours
 * (some firmware says 0 for none) is no word. `offset 0`, `limit 1`: one look into an index for each start.
 */
const USE_RESERVATIONS: Statement = {
  name: 'reservations-use',
  text: `with x as (
      select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::timestamptz[]) with ordinality
        as x (transaction_id, station_id, evse_id, number, id_token, group_id_token, started_at, ordinal)
    ), found as (
      select x.transaction_id, x.started_at, x.ordinal, r.id, r.named,
        x.id_token is not null and not (${IS_TOKEN} or coalesce(${IS_GROUP}, false)) as other_token
      from x
      cross join lateral (
        (select r.id, r.id_token, r.group_id_token, true as named from csms.reservations r
          where r.station_id = x.station_id and r.number = x.number
          order by r.status = 'active' desc, r.status in ('requested', 'unknown') desc, r.id desc limit 1)
        union all
        (select r.id, r.id_token, r.group_id_token, false from csms.reservations r
          where r.station_id = x.station_id and r.expires_at > x.started_at - ${SLACK} and r.created_at < x.started_at + ${SLACK}
            and r.status in ('requested', 'active', 'unknown', 'expired') and (r.evse_id is null or r.evse_id = x.evse_id)
            and (${IS_TOKEN} or ${IS_GROUP})
            and not exists (select from csms.reservations u where u.transaction_id = x.transaction_id)
          order by r.status = 'active' desc, r.evse_id nulls last, ${IS_TOKEN} desc, r.expires_at limit 1)
        order by named desc limit 1
      ) r
    ), chosen as (
      select distinct on (id) * from found order by id, named desc, ordinal
    ), used as (
      update csms.reservations r
      set status = 'used', transaction_id = coalesce(r.transaction_id, c.transaction_id),
        ended_at = case when r.transaction_id is null then c.started_at else r.ended_at end,
        flags = r.flags || case when r.transaction_id is not null then array['used-twice'] else
          case when c.other_token then array['other-token'] else '{}'::text[] end
          || case when r.status in ('requested', 'active', 'unknown', 'used')
              or (r.status = 'expired' and r.expires_at > c.started_at - ${SLACK}) then '{}'::text[]
            else array['used-after-end:' || r.status] end
        end
      from chosen c
      where r.id = c.id and (r.transaction_id is null
        or (r.transaction_id <> c.transaction_id and not 'used-twice' = any (r.flags)))
      returning r.*
    ), told as (
      insert into csms.outbox (type, organization_id, site_id, station_id, data)
      select 'reservation.changed', u.organization_id, u.site_id, s.identity, json_build_object('id', u.id,
        'organizationId', u.organization_id, 'siteId', u.site_id, 'stationId', s.identity, 'reservationId', u.number,
        'evseId', u.evse_id, 'connectorType', u.connector_type, 'idToken', u.display_id_token,
        'groupIdToken', u.display_group_id_token, 'status', u.status, 'refusal', u.refusal, 'flags', u.flags,
        'commandId', u.command_id, 'transactionId', u.transaction_id, 'createdBy', u.created_by,
        'createdAt', ${time('u.created_at')}, 'expiresAt', ${time('u.expires_at')}, 'endedAt', ${time('u.ended_at')})
      from used u join csms.stations s on s.id = u.station_id
    )
    select id, transaction_id from used`,
};

/**
 * Marks the reservations that these transactions use, and tells so (`reservation.changed`), in the transaction that stores the starts.
 * Changes nothing when it is sent again. A reservation that is used by somebody whom it was not made for is used all the same, and
 * flagged.
 *
 * Locks the rows of the reservations. All statements about one station must come from somebody who holds the station's lock of decisions.
 */
export function useReservations(started: readonly StartedTransaction[]): BatchQuery {
  return {
    statement: USE_RESERVATIONS,
    values: [
      plainArray(started.map(({ transactionId }) => transactionId)),
      plainArray(started.map(({ stationId }) => stationId)),
      plainArray(started.map(({ evseId }) => evseId)),
      plainArray(started.map(({ reservationId }) => reservationId)),
      textArray(started.map(({ idToken }) => (idToken === null ? null : foldToken(idToken)))),
      textArray(started.map(({ groupIdToken }) => (groupIdToken === null ? null : foldToken(groupIdToken)))),
      plainArray(started.map(({ startedAt }) => toIso(startedAt))),
    ],
  };
}
