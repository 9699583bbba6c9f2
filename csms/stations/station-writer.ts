import type { Instant } from '@voltpile/kernel/clock';
import { toIso } from '@voltpile/kernel/clock';
import { defineError, type VoltpileError } from '@voltpile/kernel/errors';
import { databaseConflict } from '@voltpile/platform/database/connection';
import type { QueryResult } from 'pg';
import type { Epoch, StationKey } from '../contract/ids.ts';
import type { RegistrationStatus } from '../contract/station-port.ts';
import { variableChangedEvent } from '../device-model/model-events.ts';
import { appendEvents, type NewEvent } from '../outbox/append-events.ts';
import type { BatchConnection, BatchQuery } from '../persistence/batch-connection.ts';
import { findWanted, type SettledAttribute, settleWanted, wantedFrom } from '../persistence/device-model-statements.ts';
import { GroupCommit } from '../persistence/group-commit.ts';
import { storeProgressReports } from '../persistence/progress-repository.ts';
import {
  type BootFacts,
  type ConnectionClosing,
  type ConnectionOpening,
  closeConnections,
  closedFrom,
  lockConnections,
  type OpenedConnection,
  openConnections,
  openedFrom,
  type ReportFacts,
  readStations,
  type StationFacts,
  type StatusFacts,
  stationsFrom,
  storeBoots,
  storedReportsFrom,
  storedStatusesFrom,
  storeReports,
  storeStatuses,
} from '../persistence/station-facts-repository.ts';
import {
  findNeighbours,
  type Neighbour,
  neighboursFrom,
  storeCourses,
} from '../persistence/transaction-courses-repository.ts';
import type { FactEvent } from './fact-event.ts';
import { followStatus, isSameCourse, type TransactionCourse } from './follow-status.ts';

export const stationUnknown = defineError('station.not_found', 'NotFound', 'There is no station {stationId}.');

/** One thing to be stored about one station. */
export type StationJob =
  | { readonly kind: 'connect'; readonly station: StationKey; readonly opening: ConnectionOpening }
  | { readonly kind: 'disconnect'; readonly station: StationKey; readonly closing: ConnectionClosing }
  | {
      readonly kind: 'boot';
      readonly station: StationKey;
      readonly boot: BootFacts;
      /** False when the station was only asked to tell about itself once more. */
      readonly restarted: boolean;
      readonly report: ReportFacts;
      readonly event: FactEvent;
    }
  | {
      readonly kind: 'status';
      readonly station: StationKey;
      readonly status: StatusFacts;
    }
  | {
      readonly kind: 'report';
      readonly station: StationKey;
      readonly report: ReportFacts;
      readonly event: FactEvent;
    }
  /** A report that is no fact when the station's last one of its kind said the same. */
  | {
      readonly kind: 'progress';
      readonly station: StationKey;
      readonly report: ReportFacts;
      readonly event: FactEvent;
    };

export interface BootResult {
  readonly registrationStatus: RegistrationStatus;
  readonly heartbeatIntervalSeconds: number | null;
}

interface ResultOf {
  readonly connect: OpenedConnection;
  /** Whether that connection was open until now. */
  readonly disconnect: boolean;
  readonly boot: BootResult;
  readonly status: undefined;
  readonly report: undefined;
  readonly progress: undefined;
}

type Kind = StationJob['kind'];
type JobOf<K extends Kind> = Extract<StationJob, { kind: K }>;
type Outcome = { readonly result: ResultOf[Kind] } | { readonly error: VoltpileError };

export interface StationWriterOptions {
  readonly connection: BatchConnection;
  /** Told the size of each commit. */
  readonly onCommit: (batchSize: number) => void;
}

const MAX_BATCH = 500;
const MAX_WAITING = 20_000;
/** Deadlocks with other writers are avoided by lock order; should one happen all the same, the batch is repeated. */
const MAX_ATTEMPTS = 3;

/**
 * The writer of what stations say about themselves: connections, boots, statuses, reports. Messages that wait while a commit is under way
 * share the next one; of one station there is never more than one in a batch, so its order is kept. Each fact and its event are in one
 * commit.
 */
export class StationWriter {
  readonly #connection: BatchConnection;
  readonly #commits: GroupCommit<StationJob, Outcome>;

  constructor(options: StationWriterOptions) {
    this.#connection = options.connection;
    this.#commits = new GroupCommit({
      run: (jobs) => this.#storeWithRetry(jobs),
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      key: (job) => job.station,
      onCommit: options.onCommit,
    });
  }

  get waiting(): number {
    return this.#commits.waiting;
  }

  /**
   * Resolves after the commit.
   *
   * @throws NotFound `station.not_found`; Unavailable `database.unavailable`, `csms.overloaded`, `csms.stopping`
   */
  async submit<K extends Kind>(job: JobOf<K>): Promise<ResultOf[K]> {
    const outcome = await this.#commits.submit(job);
    if ('error' in outcome) throw outcome.error;
    return outcome.result as ResultOf[K];
  }

  async close(): Promise<void> {
    await this.#commits.close();
    await this.#connection.close();
  }

  async #storeWithRetry(jobs: StationJob[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#store(jobs);
      } catch (error) {
        if (!databaseConflict.is(error) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  #store(jobs: StationJob[]): Promise<Outcome[]> {
    return this.#connection.transaction(async (transaction) => {
      const batch = planBatch(jobs);
      const results = await transaction.pipeline(batch.queries);
      const stored = batch.read(results);
      const events: NewEvent[] = [];
      const outcomes: Outcome[] = [];
      for (const job of jobs) {
        const station = stored.stations.get(job.station);
        if (station === undefined) {
          outcomes.push({ error: stationUnknown({ stationId: job.station }) });
          continue;
        }
        const { result, event } = conclude(job, station, stored);
        outcomes.push({ result });
        const { organizationId, siteId, identity } = station;
        const changed = stored.settled.filter(({ station: other }) => other === job.station);
        const settledEvents = changed.map(({ change }) => variableChangedEvent(change));
        for (const told of [...(event === undefined ? [] : [event]), ...settledEvents]) {
          events.push({ ...told, organizationId, siteId, stationId: identity });
        }
      }
      const courses = changedCourses(ofKind(jobs, 'status'), stored.neighbours);
      await transaction.finish([
        ...(courses.size === 0 ? [] : [storeCourses(courses)]),
        ...(stored.settled.length === 0 ? [] : [settleWanted(stored.settled)]),
        ...(events.length === 0 ? [] : [appendEvents(events)]),
      ]);
      return outcomes;
    });
  }
}

/** What the database said to a batch. */
interface StoredBatch {
  readonly stations: ReadonlyMap<StationKey, StationFacts>;
  readonly opened: ReadonlyMap<StationKey, OpenedConnection>;
  readonly closed: ReadonlySet<StationKey>;
  readonly statuses: ReadonlyMap<string, { readonly current: boolean }>;
  /** Transactions beside the statuses. */
  readonly neighbours: readonly Neighbour[];
  readonly reports: ReadonlySet<string>;
  /** Variables whose new value waited for a restart, and is in effect now. */
  readonly settled: readonly SettledAttribute[];
}

/** All statements of a batch for one round trip, in the order in which tables are locked, and how to read the answers. */
function planBatch(jobs: readonly StationJob[]): {
  readonly queries: readonly BatchQuery[];
  read(results: readonly QueryResult[]): StoredBatch;
} {
  const connects = ofKind(jobs, 'connect');
  const disconnects = ofKind(jobs, 'disconnect');
  const boots = ofKind(jobs, 'boot');
  const statuses = ofKind(jobs, 'status');
  const reports = [...boots, ...ofKind(jobs, 'report')];
  const steps = ofKind(jobs, 'progress');
  const connections = [...connects, ...disconnects].map(({ station }) => station);
  // Connecting and booting write to the station's row; the others only need to know about it.
  const changing = [...connects, ...boots].map(({ station }) => station);
  const known = [...disconnects, ...statuses, ...ofKind(jobs, 'report'), ...steps].map(({ station }) => station);

  const queries: BatchQuery[] = [];
  const add = (
    wanted: boolean,
    make: () => BatchQuery | BatchQuery[],
  ): { readonly from: number; readonly to: number } => {
    const from = queries.length;
    if (wanted) queries.push(...[make()].flat());
    return { from, to: queries.length };
  };
  const locked = add(changing.length > 0, () => readStations(changing, true));
  const read = add(known.length > 0, () => readStations(known, false));
  const before = add(connections.length > 0, () => lockConnections(connections));
  const opened = add(connects.length > 0, () => openConnections(connects.map(({ opening }) => opening)));
  const closed = add(disconnects.length > 0, () => closeConnections(disconnects.map(({ closing }) => closing)));
  add(boots.length > 0, () => storeBoots(boots.map(({ boot }) => boot)));
  const restarts = boots.filter(({ restarted }) => restarted).map(({ boot }) => boot);
  const settled = add(restarts.length > 0, () => findWanted(restarts));
  const newStatuses = add(statuses.length > 0, () => storeStatuses(statuses.map(({ status }) => status)));
  const neighbours = add(statuses.length > 0, () => findNeighbours(statuses.map(({ status }) => status)));
  const newReports = add(reports.length > 0, () => storeReports(reports.map(({ report }) => report)));
  const newSteps = add(steps.length > 0, () => storeProgressReports(steps.map(({ report }) => report)));

  return {
    queries,
    read(results) {
      const answers = ({ from, to }: { readonly from: number; readonly to: number }): QueryResult[] =>
        results.slice(from, to);
      const stations = [...answers(locked), ...answers(read)].flatMap(stationsFrom);
      const [beforeRows] = answers(before);
      const [openedRows] = answers(opened);
      const openings = beforeRows === undefined || openedRows === undefined ? [] : openedFrom(beforeRows, openedRows);
      return {
        stations: new Map(stations.map((facts) => [facts.station, facts])),
        opened: new Map(openings.map((opening) => [opening.station, opening])),
        closed: new Set(answers(closed).flatMap(closedFrom)),
        statuses: new Map(
          answers(newStatuses)
            .slice(-1)
            .flatMap((result) => [...storedStatusesFrom(result)]),
        ),
        neighbours: answers(neighbours).flatMap(neighboursFrom),
        reports: new Set(
          [...answers(newReports), ...answers(newSteps)].flatMap((result) => [...storedReportsFrom(result)]),
        ),
        settled: answers(settled).flatMap(wantedFrom),
      };
    },
  };
}

/** A job's result, and the event that tells of it: only for what is really new. */
function conclude(
  job: StationJob,
  station: StationFacts,
  stored: StoredBatch,
): { readonly result: ResultOf[Kind]; readonly event?: FactEvent | undefined } {
  switch (job.kind) {
    case 'connect': {
      const opening = stored.opened.get(job.station) as OpenedConnection;
      return { result: opening, event: connectedEvent(job.opening, opening) };
    }
    case 'disconnect': {
      const wasOpen = stored.closed.has(job.station);
      return { result: wasOpen, event: wasOpen ? disconnectedEvent(job.closing) : undefined };
    }
    case 'boot': {
      const { registrationStatus, heartbeatIntervalSeconds } = station;
      return { result: { registrationStatus, heartbeatIntervalSeconds }, event: job.event };
    }
    case 'status': {
      const fresh = stored.statuses.get(job.status.id);
      return { result: undefined, event: fresh === undefined ? undefined : statusEvent(job.status, fresh.current) };
    }
    case 'report':
    case 'progress':
      return { result: undefined, event: stored.reports.has(job.report.id) ? job.event : undefined };
  }
}

/** What the statuses change of the transactions beside them. A batch has one status a station: no transaction is met twice. */
function changedCourses(
  jobs: readonly JobOf<'status'>[],
  neighbours: readonly Neighbour[],
): Map<string, TransactionCourse> {
  const changed = new Map<string, TransactionCourse>();
  for (const { index, current, transaction } of neighbours) {
    const { status } = jobs[index] as JobOf<'status'>;
    const course = followStatus(transaction, { ...status, current });
    if (!isSameCourse(course, transaction)) changed.set(transaction.id, course);
  }
  return changed;
}

function ofKind<K extends Kind>(jobs: readonly StationJob[], kind: K): JobOf<K>[] {
  return jobs.filter((job): job is JobOf<K> => job.kind === kind);
}

function connectedEvent(opening: ConnectionOpening, { epoch }: { readonly epoch: Epoch }): FactEvent {
  const { protocol, remoteAddress, securityProfile, connectedAt } = opening;
  return {
    type: 'station.connected',
    data: { protocol, remoteAddress, securityProfile, epoch, connectedAt: toIso(connectedAt) },
  };
}

function disconnectedEvent({ epoch, reason, disconnectedAt }: ConnectionClosing): FactEvent {
  return { type: 'station.disconnected', data: { reason, epoch, disconnectedAt: toIso(disconnectedAt) } };
}

function statusEvent(status: StatusFacts, current: boolean): FactEvent {
  const time = (at: Instant): string => toIso(at);
  return {
    type: 'connector.status-changed',
    data: {
      evseId: status.evseId,
      connectorId: status.connectorId,
      status: status.status,
      statusDetail: status.detail,
      chargingState: status.chargingState,
      errorCode: status.errorCode,
      info: status.info,
      vendorErrorCode: status.vendorErrorCode,
      statusAt: time(status.effectiveAt),
      receivedAt: time(status.receivedAt),
      /** False for a late report of something that is over. */
      current,
      flags: status.flags,
    },
  };
}
