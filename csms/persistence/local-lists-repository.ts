import { isDeepStrictEqual } from 'node:util';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { StationKey } from '../contract/ids.ts';
import type {
  LocalListEntryView,
  LocalListError,
  LocalListPolicy,
  LocalListStatus,
} from '../contract/local-lists-port.ts';
import type { IdTokenStatus } from '../contract/operator-ports.ts';
import type { RegistrationStatus } from '../contract/station-port.ts';
import type { ListEntry, ListMessage } from '../local-lists/list-entries.ts';
import { type ListState, NEW_LIST } from '../local-lists/list-state.ts';
import type { CandidateToken } from '../local-lists/wanted-list.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, type Sql, sql } from './sql.ts';
import { storableJson } from './storable-text.ts';
import { isoOf, isoOrNull, timestamptz } from './timestamps.ts';

/** A station with all that decides what its list should be, and with what is known of the list that it has. */
export interface ListRecord {
  readonly station: StationKey;
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly registrationStatus: RegistrationStatus;
  readonly protocol: string | null;
  readonly capabilities: readonly string[];
  readonly online: boolean;
  readonly lastBootAt: Instant | null;
  readonly stationPolicy: LocalListPolicy | null;
  readonly sitePolicy: LocalListPolicy;
  readonly allowsUnknownOffline: boolean;
  readonly masterPassGroupId: string | null;
  /** Digest of all that the wanted list is made of. */
  readonly wantedBasis: string;
  readonly state: ListState;
  readonly facts: ListFacts;
  /** null: nothing was ever noted. */
  readonly updatedAt: Instant | null;
}

/** What is noted beside the state. */
export interface ListFacts {
  /** The digest that the list was in step with. */
  readonly basis: string | null;
  readonly nextExpiryAt: string | null;
  readonly busyUntil: Instant | null;
  readonly retryAt: Instant | null;
  readonly verifiedAt: Instant | null;
}

interface ListRow {
  readonly id: StationKey;
  readonly identity: string;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly registration_status: RegistrationStatus;
  readonly protocol: string | null;
  readonly capabilities: string[];
  readonly online: boolean;
  readonly last_boot_at: Date | null;
  readonly policy: LocalListPolicy | null;
  readonly site_policy: LocalListPolicy;
  readonly allows_unknown: boolean;
  readonly master_pass_group_id: string | null;
  readonly wanted_basis: string;
  readonly status: LocalListStatus | null;
  readonly operator_managed: boolean;
  readonly managed: boolean;
  readonly confirmed_version: number | null;
  readonly heard_version: number | null;
  readonly last_version: number;
  readonly sent: ListMessage | null;
  readonly asking: boolean;
  readonly busy_until: Date | null;
  readonly basis: string | null;
  readonly next_expiry_at: Date | null;
  readonly failures: number;
  readonly retry_at: Date | null;
  readonly last_error: LocalListError | null;
  readonly verified_at: Date | null;
  readonly updated_at: Date | null;
}

const POLICY = 'coalesce(l.policy, i.local_list_policy)';
const ALLOWS_UNKNOWN = `coalesce(i.offline_policy->'allowOfflineTxForUnknownId' = 'true', false)`;
const ONLINE = 'c.epoch is not null and c.disconnected_at is null';
const BASIS = `md5(concat_ws('|', s.organization_id, coalesce(r.revision, 0), ${POLICY}, ${ALLOWS_UNKNOWN},
  'get-base-report' = any(s.capabilities), lower(o.master_pass_group_id)))`;
const FROM = `csms.stations s
  join csms.sites i on i.id = s.site_id
  join csms.organizations o on o.id = s.organization_id
  left join csms.id_token_revisions r on r.organization_id = s.organization_id
  left join csms.connections c on c.station_id = s.id
  left join csms.local_lists l on l.station_id = s.id`;
const COLUMNS = `s.id, s.identity, s.organization_id, s.site_id, s.registration_status, s.protocol, s.capabilities, ${ONLINE} as online,
  s.last_boot_at, l.policy, i.local_list_policy as site_policy, ${ALLOWS_UNKNOWN} as allows_unknown, o.master_pass_group_id,
  ${BASIS} as wanted_basis, l.status, l.operator_managed, l.managed, l.confirmed_version, l.heard_version, l.last_version, l.sent,
  l.asking, l.busy_until, l.basis, l.next_expiry_at, l.failures, l.retry_at, l.last_error, l.verified_at, l.updated_at`;
const SCOPE = { organization: 's.organization_id', site: 's.site_id' };

/** The station's list as it is known; undefined when there is no such station in the scope. */
export async function findList(db: Knex, scope: AccessScope, identity: string): Promise<ListRecord | undefined> {
  const condition = allOf([sql('s.removed_at is null'), sql('s.identity = ?', identity), scopeSql(scope, SCOPE)]);
  return readList(db, condition);
}

/** Takes the station's list for this transaction; undefined when the station was removed. */
export async function lockList(trx: Knex, station: StationKey, now: Instant): Promise<ListRecord | undefined> {
  await query(
    trx,
    sql(
      `insert into csms.local_lists (station_id, updated_at) select id, ?::timestamptz from csms.stations where id = ?::uuid
       on conflict do nothing`,
      toIso(now),
      station,
    ),
  );
  await query(trx, sql('select from csms.local_lists where station_id = ?::uuid for update', station));
  return readList(trx, allOf([sql('s.removed_at is null'), sql('s.id = ?::uuid', station)]));
}

async function readList(db: Knex, condition: Sql): Promise<ListRecord | undefined> {
  const [row] = await query<ListRow>(
    db,
    sql(`select ${COLUMNS} from ${FROM} where ${condition.text}`, ...condition.values),
  );
  if (row === undefined) return undefined;
  const entries = row.confirmed_version === null ? [] : await readEntries(db, row.id);
  return fromRow(row, entries);
}

/**
 * Stations whose list has to be looked at: online, accepted, idle, with something to be done. Reads every station with a policy: the digests
 * are made from rows that are in memory then.
 */
export async function findDueLists(
  db: Knex,
  at: { readonly now: Instant; readonly bootedBefore: Instant },
  count: number,
): Promise<StationKey[]> {
  const now = toIso(at.now);
  const booted = toIso(at.bootedBefore);
  const rows = await query<{ id: StationKey }>(
    db,
    sql(
      `select s.id from ${FROM}
       where s.removed_at is null and s.registration_status = 'Accepted' and ${ONLINE}
         and 'send-local-list' = any(s.capabilities)
         and (${POLICY}->>'kind' <> 'off' or l.managed)
         and l.operator_managed is not true
         and (l.busy_until is null or l.busy_until <= ?::timestamptz)
         and (l.retry_at is null or l.retry_at <= ?::timestamptz)
         and (l.status is distinct from 'unsupported' or (s.last_boot_at > l.updated_at and s.last_boot_at <= ?::timestamptz))
         and (l.sent is not null or l.basis is distinct from ${BASIS} or l.next_expiry_at <= ?::timestamptz
           or (l.confirmed_version is not null
             and (l.verified_at is null or (s.last_boot_at > l.verified_at and s.last_boot_at <= ?::timestamptz))))
       order by l.updated_at nulls first, s.id limit ?`,
      now,
      now,
      booted,
      now,
      booted,
      count,
    ),
  );
  return rows.map(({ id }) => id);
}

/** Lists that a command is on its way for; counts no further than the limit. */
export async function countBusyLists(db: Knex, now: Instant, limit: number): Promise<number> {
  const [row] = await query<{ count: string }>(
    db,
    sql(
      `select count(*) from (select from csms.local_lists where busy_until > ?::timestamptz limit ?) as busy`,
      toIso(now),
      limit,
    ),
  );
  return Number(row?.count);
}

/** The organisation's tokens that the policy names, in the order of their registration. */
export async function readCandidates(
  db: Knex,
  organizationId: Uuid,
  policy: LocalListPolicy,
): Promise<CandidateToken[]> {
  const named = namedBy(policy);
  if (named === undefined) return [];
  const rows = await query<{
    display_value: string;
    type: string;
    status: IdTokenStatus;
    group_id_token: string | null;
    expires_at: Date | null;
  }>(
    db,
    sql(
      `select t.display_value, t.type, t.status, t.group_id_token, t.expires_at from csms.id_tokens t
       where t.organization_id = ?::uuid and ${named.text} order by t.id limit ?`,
      organizationId,
      ...named.values,
      MAX_CANDIDATES,
    ),
  );
  return rows.map((row) => ({
    idToken: row.display_value,
    type: row.type,
    status: row.status,
    groupIdToken: row.group_id_token,
    expiresAt: isoOrNull(row.expires_at),
  }));
}

/** Far more than any station can hold; an organisation with more tokens names groups. */
const MAX_CANDIDATES = 50_000;

function namedBy(policy: LocalListPolicy): Sql | undefined {
  switch (policy.kind) {
    case 'off':
      return undefined;
    case 'all':
      return sql('true');
    case 'groups':
      return sql(
        'lower(t.group_id_token) = any(?::text[])',
        policy.groupIdTokens.map((name) => name.toLowerCase()),
      );
    case 'tokens':
      return sql(
        't.value = any(?::text[])',
        policy.idTokens.map((name) => name.toLowerCase()),
      );
  }
}

/** Writes what has changed between two states of a list that is locked. */
export async function saveList(
  trx: Knex,
  before: ListRecord,
  state: ListState,
  facts: ListFacts,
  now: Instant,
): Promise<void> {
  await query(
    trx,
    sql(
      `update csms.local_lists set status = ?, operator_managed = ?, managed = ?, confirmed_version = ?, heard_version = ?,
         last_version = ?, sent = ?::jsonb, asking = ?, busy_until = ?::timestamptz, basis = ?, next_expiry_at = ?::timestamptz,
         failures = ?, retry_at = ?::timestamptz, last_error = ?, verified_at = ?::timestamptz, updated_at = ?::timestamptz
       where station_id = ?::uuid`,
      state.status,
      state.operatorManaged,
      state.managed,
      state.confirmed?.versionNumber ?? null,
      state.heardVersion,
      state.lastVersion,
      state.sent === null ? null : storableJson(state.sent),
      state.asking,
      timestamptz(facts.busyUntil),
      facts.basis,
      facts.nextExpiryAt,
      state.failures,
      timestamptz(facts.retryAt),
      state.lastError,
      timestamptz(facts.verifiedAt),
      toIso(now),
      before.station,
    ),
  );
  await saveEntries(trx, before.station, before.state.confirmed?.entries ?? [], state.confirmed?.entries ?? []);
}

/** The station's own policy; null: its site's. The list is locked. */
export async function savePolicy(trx: Knex, station: StationKey, policy: LocalListPolicy | null): Promise<void> {
  await query(
    trx,
    sql(
      'update csms.local_lists set policy = ?::jsonb where station_id = ?::uuid',
      policy === null ? null : storableJson(policy),
      station,
    ),
  );
}

async function saveEntries(
  trx: Knex,
  station: StationKey,
  before: readonly ListEntry[],
  after: readonly ListEntry[],
): Promise<void> {
  if (before === after) return;
  const held = byValue(before);
  const wanted = byValue(after);
  const gone = [...held.keys()].filter((value) => !wanted.has(value));
  const written = [...wanted].filter(([value, entry]) => !isDeepStrictEqual(held.get(value), entry));
  if (gone.length > 0) {
    await query(
      trx,
      sql('delete from csms.local_list_entries where station_id = ?::uuid and value = any(?::text[])', station, gone),
    );
  }
  if (written.length === 0) return;
  const rows = written.map(([value, { idToken, idTokenType, idTokenInfo }]) => ({
    value,
    id_token: idToken,
    id_token_type: idTokenType ?? null,
    status: idTokenInfo.status,
    group_id_token: idTokenInfo.groupIdToken ?? null,
    expires_at: idTokenInfo.expiresAt ?? null,
  }));
  await query(
    trx,
    sql(
      `insert into csms.local_list_entries (station_id, value, id_token, id_token_type, status, group_id_token, expires_at)
       select ?::uuid, x.* from jsonb_to_recordset(?::jsonb)
         as x (value text, id_token text, id_token_type text, status text, group_id_token text, expires_at timestamptz)
       on conflict (station_id, value) do update set id_token = excluded.id_token, id_token_type = excluded.id_token_type,
         status = excluded.status, group_id_token = excluded.group_id_token, expires_at = excluded.expires_at`,
      station,
      storableJson(rows),
    ),
  );
}

function byValue(entries: readonly ListEntry[]): Map<string, ListEntry> {
  return new Map(entries.map((entry) => [entry.idToken.toLowerCase(), entry]));
}

interface EntryRow {
  readonly value: string;
  readonly id_token: string;
  readonly id_token_type: string | null;
  readonly status: string;
  readonly group_id_token: string | null;
  readonly expires_at: Date | null;
}

const ENTRY_COLUMNS = 'value, id_token, id_token_type, status, group_id_token, expires_at';

async function readEntries(db: Knex, station: StationKey): Promise<ListEntry[]> {
  const rows = await query<EntryRow>(
    db,
    sql(`select ${ENTRY_COLUMNS} from csms.local_list_entries where station_id = ?::uuid order by value`, station),
  );
  return rows.map(
    (row) =>
      ({
        idToken: row.id_token,
        ...(row.id_token_type === null ? {} : { idTokenType: row.id_token_type }),
        idTokenInfo: {
          status: row.status,
          ...(row.group_id_token === null ? {} : { groupIdToken: row.group_id_token }),
          ...(row.expires_at === null ? {} : { expiresAt: isoOf(row.expires_at) }),
        },
      }) as ListEntry,
  );
}

/** Confirmed entries by folded value, after the given one. */
export async function listEntries(
  db: Knex,
  station: StationKey,
  after: string | null,
  count: number,
): Promise<{ readonly value: string; readonly view: LocalListEntryView }[]> {
  const condition = allOf([sql('station_id = ?::uuid', station), after === null ? undefined : sql('value > ?', after)]);
  const rows = await query<EntryRow>(
    db,
    sql(
      `select ${ENTRY_COLUMNS} from csms.local_list_entries where ${condition.text} order by value limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map((row) => ({
    value: row.value,
    view: {
      idToken: row.id_token,
      type: row.id_token_type,
      status: row.status,
      groupIdToken: row.group_id_token,
      expiresAt: isoOrNull(row.expires_at),
    },
  }));
}

function fromRow(row: ListRow, entries: readonly ListEntry[]): ListRecord {
  const isNoted = row.status !== null;
  return {
    station: row.id,
    stationId: row.identity,
    organizationId: row.organization_id,
    siteId: row.site_id,
    registrationStatus: row.registration_status,
    protocol: row.protocol,
    capabilities: row.capabilities,
    online: row.online,
    lastBootAt: instantOrNull(row.last_boot_at),
    stationPolicy: row.policy,
    sitePolicy: row.site_policy,
    allowsUnknownOffline: row.allows_unknown,
    masterPassGroupId: row.master_pass_group_id,
    wantedBasis: row.wanted_basis,
    state: isNoted
      ? {
          status: row.status as LocalListStatus,
          confirmed: row.confirmed_version === null ? null : { versionNumber: row.confirmed_version, entries },
          heardVersion: row.heard_version,
          lastVersion: row.last_version,
          sent: row.sent,
          asking: row.asking,
          managed: row.managed,
          operatorManaged: row.operator_managed,
          failures: row.failures,
          lastError: row.last_error,
        }
      : NEW_LIST,
    facts: {
      basis: row.basis,
      nextExpiryAt: isoOrNull(row.next_expiry_at),
      busyUntil: instantOrNull(row.busy_until),
      retryAt: instantOrNull(row.retry_at),
      verifiedAt: instantOrNull(row.verified_at),
    },
    updatedAt: instantOrNull(row.updated_at),
  };
}

function instantOrNull(at: Date | null): Instant | null {
  return at === null ? null : (at.getTime() as Instant);
}
