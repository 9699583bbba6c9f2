import type { Uuid } from '@voltpile/kernel/ids';
import type { QueryResult } from 'pg';
import type { StationKey } from '../contract/ids.ts';
import type { RegistrationStatus } from '../contract/station-port.ts';
import { textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';

/** What is to be known about a station at its door. */
export interface DoorFacts {
  readonly station: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** Of the site, IANA. */
  readonly timeZone: string;
  readonly registrationStatus: RegistrationStatus;
  readonly keyHash: Buffer | null;
  /** A key on its way to the station, valid beside the other until it is first used. */
  readonly nextKeyHash: Buffer | null;
  readonly heartbeatIntervalSeconds: number | null;
  readonly lenient: boolean;
  /** Spoken by a station that names no protocol. */
  readonly defaultProtocol: string | null;
  /** SIM card of its last boot. */
  readonly iccid: string | null;
}

const FIND_AT_DOOR: Statement = {
  name: 'stations-at-door',
  text: `select s.id, s.identity, s.organization_id, s.site_id, i.time_zone, s.registration_status, s.key_hash, s.next_key_hash,
      s.heartbeat_interval_seconds, s.lenient, s.default_protocol, s.iccid
    from csms.stations s join csms.sites i on i.id = s.site_id
    where s.identity = any($1::text[]) and s.removed_at is null`,
};

/** Finds stations by the identities they present: one question for all that knock at the same moment. */
export function findAtDoor(identities: readonly string[]): BatchQuery {
  return { statement: FIND_AT_DOOR, values: [textArray(identities)] };
}

export function doorFactsFrom(result: QueryResult): DoorFacts[] {
  return result.rows.map((row) => ({
    station: row.id,
    identity: row.identity,
    organizationId: row.organization_id,
    siteId: row.site_id,
    timeZone: row.time_zone,
    registrationStatus: row.registration_status,
    keyHash: row.key_hash,
    nextKeyHash: row.next_key_hash,
    heartbeatIntervalSeconds: row.heartbeat_interval_seconds,
    lenient: row.lenient,
    defaultProtocol: row.default_protocol,
    iccid: row.iccid,
  }));
}
