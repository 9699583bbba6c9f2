import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { StationKey } from '@voltpile/csms/contract/ids';
import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type {
  FirmwareUpdateView,
  LogRequestView,
  LogType,
  ProgressStep,
  RequestState,
  StationFileView,
} from '../../contract/files.ts';
import { LAST_WORDS, type RequestProgress } from '../progress-rules.ts';
import type { StationPlace } from './files-repository.ts';

export type RequestKind = 'firmware-update' | 'log-request';

/** What was asked for, as it is kept; by the kind of request. */
export interface RequestDetails {
  readonly 'firmware-update': {
    readonly signed: boolean;
    readonly retrieveAt: string;
    readonly installAt: string | null;
  };
  readonly 'log-request': {
    readonly logType: LogType;
    readonly oldest: string | null;
    readonly latest: string | null;
    readonly retries: number | null;
    readonly retryIntervalSeconds: number | null;
    /** By which it was asked for last. */
    readonly command: 'get-log' | 'get-diagnostics';
    /** Whether the other one may be tried when this one fails. */
    readonly otherwise: boolean;
  };
}

export interface RequestRow {
  readonly id: Uuid;
  readonly kind: RequestKind;
  readonly organization_id: Uuid;
  readonly site_id: Uuid;
  readonly station_key: StationKey;
  readonly station_id: string;
  readonly number: number;
  readonly file_id: Uuid | null;
  readonly file_name: string | null;
  readonly detail: RequestDetails[RequestKind];
  readonly command_id: Uuid | null;
  readonly command_status: string | null;
  readonly state: RequestState;
  readonly status: string | null;
  readonly status_at: Date | null;
  readonly progress: readonly ProgressStep[];
  readonly last_event_id: string;
  readonly token_hash: Buffer | null;
  readonly token_expires_at: Date;
  readonly requested_by: string | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

export interface NewRequest<K extends RequestKind> {
  readonly id: Uuid;
  readonly kind: K;
  readonly place: StationPlace;
  readonly number: number;
  readonly file: { readonly id: Uuid; readonly name: string } | null;
  readonly detail: RequestDetails[K];
  readonly tokenHash: Buffer;
  readonly tokenExpiresAt: Instant;
  readonly requestedBy: string | null;
  readonly createdAt: Instant;
}

const MAX_STEPS = 50;
const ENDED: ReadonlySet<RequestState> = new Set(['succeeded', 'failed', 'rejected', 'expired']);

const requests = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('station_requests');

export async function insertRequest<K extends RequestKind>(db: Knex, request: NewRequest<K>): Promise<RequestRow> {
  const { place, file } = request;
  const [row] = await requests(db).insert(
    {
      id: request.id,
      kind: request.kind,
      organization_id: place.organizationId,
      site_id: place.siteId,
      station_key: place.stationKey,
      station_id: place.stationId,
      number: request.number,
      file_id: file?.id ?? null,
      file_name: file?.name ?? null,
      detail: JSON.stringify(request.detail),
      state: 'pending',
      token_hash: request.tokenHash,
      token_expires_at: toIso(request.tokenExpiresAt),
      requested_by: request.requestedBy,
      created_at: toIso(request.createdAt),
    },
    '*',
  );
  return row as RequestRow;
}

/** Takes a request back that the domain would not give to the station, with the file that it waited for. */
export async function deleteRequest(db: Knex, id: Uuid): Promise<void> {
  await db.withSchema('operations').table('files').where({ request_id: id, status: 'expected' }).delete();
  await requests(db).where({ id }).delete();
}

export async function setCommand(db: Knex, id: Uuid, commandId: Uuid): Promise<void> {
  await requests(db).where({ id }).update({ command_id: commandId });
}

/** The same is asked for by another command, with another address; the one before leads nowhere any more. */
export async function retarget(
  trx: Knex,
  id: Uuid,
  to: { readonly tokenHash: Buffer; readonly detail: RequestDetails['log-request'] },
): Promise<void> {
  await requests(trx)
    .where({ id })
    .update({ token_hash: to.tokenHash, detail: JSON.stringify(to.detail), command_id: null });
}

/** The command by which that station was asked for a log last. */
export async function lastLogCommand(db: Knex, station: StationKey, stationId: string): Promise<string | undefined> {
  const row: Pick<RequestRow, 'detail'> | undefined = await requests(db)
    .where({ kind: 'log-request', station_id: stationId, station_key: station })
    .orderBy('id', 'desc')
    .first('detail');
  return (row?.detail as RequestDetails['log-request'] | undefined)?.command;
}

export async function readRequest(db: Knex, id: Uuid): Promise<RequestRow | undefined> {
  return requests(db).where({ id }).first();
}

/** The request that gave out that token, while it is good. */
export async function findByToken(
  db: Knex,
  kind: RequestKind,
  hash: Buffer,
  now: Instant,
): Promise<RequestRow | undefined> {
  return requests(db).where({ kind, token_hash: hash }).where('token_expires_at', '>', toIso(now)).first();
}

export async function listRequests(
  db: Knex,
  scope: AccessScope,
  kind: RequestKind,
  stationId: string,
  after: Uuid | null,
  count: number,
): Promise<RequestRow[]> {
  const query = requests(db)
    .where({ kind, station_id: stationId })
    .modify(withinScope(scope))
    .orderBy('id', 'desc')
    .limit(count);
  if (after !== null) query.where('id', '<', after);
  return query;
}

export async function lockByCommand(trx: Knex, commandId: Uuid): Promise<RequestRow | undefined> {
  return requests(trx).where({ command_id: commandId }).forUpdate().first();
}

export async function lockRequest(trx: Knex, id: Uuid): Promise<RequestRow | undefined> {
  return requests(trx).where({ id }).forUpdate().first();
}

/**
 * The request that a station's report is about: the newest one of that number; without a number (OCPP 1.6) the newest one that runs. If
 * none does: the newest one that failed, for its station may have tried again, or whose file is here before its station said the last word.
 */
export async function lockReported(
  trx: Knex,
  kind: RequestKind,
  stationId: string,
  number: number | null,
): Promise<RequestRow | undefined> {
  const query = requests(trx).where({ kind, station_id: stationId }).orderBy('id', 'desc').limit(1).forUpdate();
  if (number !== null) return query.where({ number }).first();
  const running = await query.clone().whereIn('state', ['pending', 'running']).first();
  if (running !== undefined) return running;
  return query
    .whereRaw(`(state = 'failed' or (state = 'succeeded' and coalesce(status, '') <> all(?::text[])))`, [
      [...LAST_WORDS],
    ])
    .first();
}

/** Stores how far a request has come, and by which event that is known. */
export async function storeProgress(
  trx: Knex,
  row: RequestRow,
  change: {
    readonly progress: RequestProgress;
    readonly step?: ProgressStep | undefined;
    readonly eventId?: string | undefined;
    readonly commandStatus?: string | undefined;
    /** Ends the address that the station was given. */
    readonly revoke?: boolean | undefined;
    readonly now: Instant;
  },
): Promise<void> {
  const { progress, step, eventId, commandStatus, revoke, now } = change;
  const isEnded = ENDED.has(progress.state);
  await requests(trx)
    .where({ id: row.id })
    .update({
      state: progress.state,
      finished_at: isEnded ? (row.finished_at ?? new Date(now)) : null,
      ...(progress.status === row.status || step === undefined
        ? {}
        : { status: progress.status, status_at: step.receivedAt }),
      ...(step === undefined ? {} : { progress: JSON.stringify([...row.progress, step].slice(-MAX_STEPS)) }),
      ...(eventId === undefined ? {} : { last_event_id: eventId }),
      ...(commandStatus === undefined ? {} : { command_status: commandStatus }),
      ...(revoke === true ? { token_hash: null } : {}),
    });
}

/** Whether a station may still fetch that file. */
export async function isFetchable(db: Knex, fileId: Uuid, now: Instant): Promise<boolean> {
  const row = await requests(db)
    .where({ file_id: fileId })
    .whereNotNull('token_hash')
    .where('token_expires_at', '>', toIso(now))
    .first('id');
  return row !== undefined;
}

/** Ends the addresses whose time is up, and the requests that nothing was heard of. */
export async function expireTokens(db: Knex, now: Instant): Promise<void> {
  await db.raw(
    `update operations.station_requests set token_hash = null,
       finished_at = case when state in ('pending', 'running') then token_expires_at else finished_at end,
       state = case when state in ('pending', 'running') then 'expired' else state end
     where token_hash is not null and token_expires_at <= ?`,
    [toIso(now)],
  );
}

/** Forgets requests that were made before that time. At most so many. */
export async function purgeRequests(db: Knex, before: Instant, count: number): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from operations.station_requests where id in (
       select id from operations.station_requests where token_hash is null and created_at < ? limit ?)`,
    [toIso(before), count],
  );
  return rowCount;
}

export function toFirmwareUpdateView(row: RequestRow): FirmwareUpdateView {
  const { signed, retrieveAt, installAt } = row.detail as RequestDetails['firmware-update'];
  return { ...common(row), fileId: row.file_id, fileName: row.file_name ?? '', signed, retrieveAt, installAt };
}

export function toLogRequestView(row: RequestRow, files: readonly StationFileView[]): LogRequestView {
  const { logType, oldest, latest } = row.detail as RequestDetails['log-request'];
  return { ...common(row), logType, oldest, latest, files };
}

type Common = Omit<LogRequestView, 'logType' | 'oldest' | 'latest' | 'files'>;

function common(row: RequestRow): Common {
  return {
    id: row.id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    stationId: row.station_id,
    requestNumber: row.number,
    commandId: row.command_id,
    state: row.state,
    status: row.status,
    statusAt: row.status_at?.toISOString() ?? null,
    progress: row.progress,
    tokenExpiresAt: row.token_expires_at.toISOString(),
    requestedBy: row.requested_by,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}
