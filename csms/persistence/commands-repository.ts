import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { CommandStatus } from '../contract/commands.ts';
import type { StationKey } from '../contract/ids.ts';
import type { CommandView } from '../contract/operator-ports.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, sql } from './sql.ts';
import { storableJson } from './storable-text.ts';
import { isoOf, isoOrNull, timestamptz } from './timestamps.ts';

export interface NewCommand {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly station: StationKey;
  readonly action: string;
  /** Secrets masked. */
  readonly payload: unknown;
  readonly status: CommandStatus;
  readonly response: unknown;
  readonly requestedBy: string | null;
  readonly intentId: Uuid | null;
  readonly createdAt: Instant;
  readonly deadline: Instant;
  readonly finishedAt: Instant | null;
}

/** A command with what its events need to know. */
export interface CommandRecord {
  readonly view: CommandView;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly intentId: Uuid | null;
}

interface CommandRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly identity: string;
  readonly action: string;
  readonly payload: unknown;
  readonly status: CommandStatus;
  readonly response: unknown;
  readonly requested_by: string | null;
  readonly intent_id: Uuid | null;
  readonly created_at: Date;
  readonly deadline: Date;
  readonly finished_at: Date | null;
}

const COLUMNS = `c.id, c.organization_id, s.site_id, s.identity, c.action, c.payload, c.status, c.response, c.requested_by, c.intent_id,
  c.created_at, c.deadline, c.finished_at`;
const SCOPE = { organization: 'c.organization_id', site: 's.site_id' };

export async function insertCommand(db: Knex, command: NewCommand): Promise<CommandRecord> {
  const [row] = await query<CommandRow>(
    db,
    sql(
      `with c as (
         insert into csms.commands (id, organization_id, station_id, action, payload, status, response, requested_by, intent_id,
           created_at, deadline, finished_at)
         values (?::uuid, ?::uuid, ?::uuid, ?, ?::jsonb, ?, ?::jsonb, ?, ?::uuid, ?::timestamptz, ?::timestamptz, ?::timestamptz)
         returning *
       )
       select ${COLUMNS} from c join csms.stations s on s.id = c.station_id`,
      command.id,
      command.organizationId,
      command.station,
      command.action,
      storableJson(command.payload),
      command.status,
      command.response === null ? null : storableJson(command.response),
      command.requestedBy,
      command.intentId,
      toIso(command.createdAt),
      toIso(command.deadline),
      timestamptz(command.finishedAt),
    ),
  );
  return fromRow(row as CommandRow);
}

/** Ends a command that is still pending; undefined when it has ended already. */
export async function finishCommand(
  db: Knex,
  id: Uuid,
  outcome: { readonly status: CommandStatus; readonly response: unknown; readonly finishedAt: Instant },
): Promise<CommandRecord | undefined> {
  const [row] = await query<CommandRow>(
    db,
    sql(
      `update csms.commands c set status = ?, response = ?::jsonb, finished_at = ?::timestamptz
       from csms.stations s where c.id = ?::uuid and c.status = 'pending' and s.id = c.station_id returning ${COLUMNS}`,
      outcome.status,
      storableJson(outcome.response),
      toIso(outcome.finishedAt),
      id,
    ),
  );
  return row === undefined ? undefined : fromRow(row);
}

/** Pending commands whose deadline was before that time, the oldest first. */
export async function findOverdueCommands(db: Knex, before: Instant, count: number): Promise<Uuid[]> {
  const rows = await query<{ id: Uuid }>(
    db,
    sql(
      `select id from csms.commands where status = 'pending' and deadline < ?::timestamptz order by deadline limit ?`,
      toIso(before),
      count,
    ),
  );
  return rows.map(({ id }) => id);
}

export async function findCommand(db: Knex, scope: AccessScope, id: Uuid): Promise<CommandRecord | undefined> {
  const condition = allOf([scopeSql(scope, SCOPE), sql('c.id = ?::uuid', id)]);
  const [row] = await query<CommandRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.commands c join csms.stations s on s.id = c.station_id where ${condition.text}`,
      ...condition.values,
    ),
  );
  return row === undefined ? undefined : fromRow(row);
}

/** Newest first, before the given id. */
export async function listCommands(
  db: Knex,
  scope: AccessScope,
  filter: { readonly stationId?: string | undefined },
  before: Uuid | null,
  count: number,
): Promise<CommandRecord[]> {
  const condition = allOf([
    scopeSql(scope, SCOPE),
    filter.stationId === undefined ? undefined : sql('s.identity = ? and s.removed_at is null', filter.stationId),
    before === null ? undefined : sql('c.id < ?::uuid', before),
  ]);
  const rows = await query<CommandRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.commands c join csms.stations s on s.id = c.station_id
       where ${condition.text} order by c.id desc limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map(fromRow);
}

/** A transaction of the station by our id: the station's number of it. */
export async function findTransactionNumber(
  db: Knex,
  station: StationKey,
  transactionId: Uuid,
): Promise<string | undefined> {
  const [row] = await query<{ station_transaction_id: string }>(
    db,
    sql(
      'select station_transaction_id from csms.transactions where id = ?::uuid and station_id = ?::uuid',
      transactionId,
      station,
    ),
  );
  return row?.station_transaction_id;
}

/** Our id of the transaction that the station knows by that number. */
export async function findTransactionByNumber(
  db: Knex,
  station: StationKey,
  stationTransactionId: string,
): Promise<Uuid | undefined> {
  const [row] = await query<{ id: Uuid }>(
    db,
    sql(
      `select id from csms.transactions where station_id = ?::uuid and station_transaction_id = ? and origin = 'reported'`,
      station,
      stationTransactionId,
    ),
  );
  return row?.id;
}

/** The station's number of the transaction that runs at the EVSE; the newest when several do. */
export async function findActiveTransactionNumber(
  db: Knex,
  station: StationKey,
  evseId: number,
): Promise<string | undefined> {
  const [row] = await query<{ station_transaction_id: string }>(
    db,
    sql(
      `select station_transaction_id from csms.transactions
       where station_id = ?::uuid and evse_id = ? and status = 'active' order by id desc limit 1`,
      station,
      evseId,
    ),
  );
  return row?.station_transaction_id;
}

function fromRow(row: CommandRow): CommandRecord {
  return {
    organizationId: row.organization_id,
    siteId: row.site_id,
    intentId: row.intent_id,
    view: {
      id: row.id,
      stationId: row.identity,
      action: row.action,
      payload: row.payload,
      status: row.status,
      response: row.response,
      requestedBy: row.requested_by,
      createdAt: isoOf(row.created_at),
      deadline: isoOf(row.deadline),
      finishedAt: isoOrNull(row.finished_at),
    },
  };
}
