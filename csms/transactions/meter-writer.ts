import type { Instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { MeterReport } from '../contract/station-port.ts';
import type { NewEvent } from '../outbox/append-events.ts';
import type { BatchConnection } from '../persistence/batch-connection.ts';
import { GroupCommit } from '../persistence/group-commit.ts';
import {
  findOwners,
  type MeteredMessage,
  type SampleOwner,
  type StoredMetered,
  storeMetered,
} from '../persistence/metered-repository.ts';
import { type PreparedReadings, prepareReadings } from '../samples/prepare-readings.ts';
import type { SampleKinds } from '../samples/sample-kinds.ts';
import { storableNumber, storableReadings } from './claimed-time.ts';
import { effectiveTime } from './effective-time.ts';
import { eventRow, givenName, type NamedReport, nameOf } from './transaction-event.ts';

export const stationGone = defineError('station.not_found', 'NotFound', 'There is no such station.');

/** What is to be said about a transaction after its samples were stored. */
export interface Afterthought {
  readonly stationId: string;
  readonly transactionId: string;
  /**
   * Flags that the samples add. None: nothing new was stored for an ended transaction, but a crash may have come before what the first copy
   * meant was thought through.
   */
  readonly flags: readonly string[];
}

interface MeterJob {
  readonly report: MeterReport;
  readonly evseId: number;
  readonly prepared: PreparedReadings;
  /** The time that decides which transaction the readings belong to, when none is named. */
  readonly at: Instant;
  /** Set when this is a report about a transaction that the station has named. */
  readonly update?: NamedReport | undefined;
}

/** What came of a report about a transaction. */
export type UpdateStored =
  | { readonly transactionId: string; readonly afterthought: Afterthought | undefined }
  /** Nothing was stored: the transaction, or where it runs, is not known yet. */
  | 'undecided';

interface Stored {
  readonly owner: SampleOwner;
  readonly afterthought: Afterthought | undefined;
}

export interface MeterWriterOptions {
  readonly connection: BatchConnection;
  readonly kinds: SampleKinds;
  readonly maxBatch: number;
  readonly maxWaiting: number;
  /** Told after each commit; the size of the batch. */
  readonly onCommit: (batchSize: number) => void;
}

/**
 * The writer of samples. Appends only: it locks nothing and shares each commit between as many messages as came in during the last one.
 */
export class MeterWriter {
  readonly #kinds: SampleKinds;
  readonly #connection: BatchConnection;
  readonly #owners = new Map<string, SampleOwner>();
  /**
   * Flags that were set because of samples, by transaction: a station whose clock is off, or that breaks the schema, does so in every
   * message.
   */
  readonly #told = new Map<string, ReadonlySet<string>>();
  readonly #commits: GroupCommit<MeterJob, Stored | 'undecided'>;

  constructor(options: MeterWriterOptions) {
    this.#kinds = options.kinds;
    this.#connection = options.connection;
    this.#commits = new GroupCommit({
      run: (jobs) => this.#store(jobs),
      maxBatch: options.maxBatch,
      maxWaiting: options.maxWaiting,
      onCommit: options.onCommit,
    });
  }

  get waiting(): number {
    return this.#commits.waiting;
  }

  /** Stores the samples; what they mean for their transaction (arrived late, contradict others) is for the caller to pursue. */
  async store(report: MeterReport): Promise<Afterthought | undefined> {
    const prepared = await prepareReadings(storableReadings(report.readings), report.origin, this.#kinds);
    const at = prepared.latest.at ?? firstTime(prepared) ?? report.origin.receivedAt;
    const stored = await this.#commits.submit({ report, evseId: storableNumber(report.evseId) ?? 0, prepared, at });
    return stored === 'undecided' ? undefined : stored.afterthought;
  }

  /**
   * Stores a report that adds samples and says how the charge goes, and nothing else that would have to be decided.
   *
   * @param report with storable times and numbers
   */
  async update(report: NamedReport, prepared: PreparedReadings): Promise<UpdateStored> {
    const { origin, evse, readings, timestamp } = report;
    const stored = await this.#commits.submit({
      report: { origin, evseId: evse?.evseId ?? 0, stationTransactionId: nameOf(report), readings },
      evseId: evse?.evseId ?? 0,
      prepared,
      at: effectiveTime(timestamp.at, origin.receivedAt, origin.clockOffsetMs).at,
      update: report,
    });
    if (stored === 'undecided') return stored;
    return { transactionId: stored.owner.id, afterthought: stored.afterthought };
  }

  /** Something was learnt about a transaction that its look-up had not found: the next one is to look again. */
  forget(stationId: string, stationTransactionId: string): void {
    this.#owners.delete(`${stationId} ${stationTransactionId}`);
  }

  async close(): Promise<void> {
    await this.#commits.close();
    await this.#connection.close();
  }

  async #store(jobs: MeterJob[]): Promise<(Stored | 'undecided')[]> {
    const owners = await this.#findOwners(jobs);
    const messages: MeteredMessage[] = [];
    const outcomes = jobs.map((job, index): SampleOwner | 'undecided' => {
      const owner = owners[index];
      if (owner === undefined) throw stationGone();
      if (job.update !== undefined && !canAppend(owner, job.update)) return 'undecided';
      messages.push(toMessage(job, owner));
      return owner;
    });
    if (messages.length === 0) return outcomes as 'undecided'[];
    const stored = await storeMetered(this.#connection, messages);
    return outcomes.map((owner, index) =>
      owner === 'undecided'
        ? owner
        : { owner, afterthought: this.#afterthought(jobs[index] as MeterJob, owner, stored) },
    );
  }

  /** The flags are set: later samples need not say so again. */
  told({ transactionId, flags }: Afterthought): void {
    if (this.#told.size >= MAX_REMEMBERED_OWNERS) this.#told.clear();
    this.#told.set(transactionId, new Set([...(this.#told.get(transactionId) ?? []), ...flags]));
  }

  #afterthought(job: MeterJob, owner: SampleOwner, stored: StoredMetered): Afterthought | undefined {
    if (owner.kind !== 'transaction') return undefined;
    const { origin } = job.report;
    const ended = stored.ended.has(owner.id);
    const isNew = job.prepared.samples.length > 0 && (stored.renewed?.has(owner.id) ?? true);
    const flags = [
      ...job.prepared.flags,
      ...((origin.oddities?.length ?? 0) > 0 ? ['schema-violation'] : []),
      ...(stored.conflicting.has(owner.id) ? ['sample-conflict'] : []),
      ...(ended && isNew ? ['sample-late'] : []),
    ].filter((flag) => this.#told.get(owner.id)?.has(flag) !== true);
    if (!ended && flags.length === 0) return undefined;
    return { stationId: origin.station, transactionId: owner.id, flags };
  }

  /** What is remembered of a transaction never changes, so that it is looked up once. */
  async #findOwners(jobs: readonly MeterJob[]): Promise<(SampleOwner | undefined)[]> {
    const owners = jobs.map(({ report }) => this.#owners.get(ownerKey(report)));
    const missing = jobs.filter((_, index) => owners[index] === undefined);
    if (missing.length === 0) return owners;
    const found = await findOwners(
      this.#connection,
      missing.map(({ report, evseId, at }) => ({
        stationId: report.origin.station,
        stationTransactionId: report.stationTransactionId,
        evseId,
        at,
      })),
    );
    missing.forEach(({ report }, index) => {
      const owner = found[index];
      if (report.stationTransactionId === undefined || owner?.kind !== 'transaction') return;
      if (this.#owners.size >= MAX_REMEMBERED_OWNERS) this.#owners.delete(this.#owners.keys().next().value as string);
      this.#owners.set(ownerKey(report), owner);
    });
    let next = 0;
    return owners.map((owner) => owner ?? found[next++]);
  }
}

/** The oldest is forgotten first. About 400 bytes each. */
const MAX_REMEMBERED_OWNERS = 50_000;

/** Only of use for messages that name their transaction; others never match, because a number is never empty. */
function ownerKey({ origin, stationTransactionId }: MeterReport): string {
  return `${origin.station} ${stationTransactionId ?? ''}`;
}

function firstTime(prepared: PreparedReadings): Instant | undefined {
  const sample = prepared.samples[0];
  return sample === undefined ? undefined : (sample.effectiveAt ?? sample.occurredAt);
}

/** Whether the report is about a transaction that is known, at a place that is known. */
function canAppend(owner: SampleOwner, { evse }: NamedReport): boolean {
  return owner.kind === 'transaction' && (evse === undefined || evse.evseId === 0 || evse.evseId === owner.evseId);
}

function toMessage(job: MeterJob, owner: SampleOwner): MeteredMessage {
  const { origin } = job.report;
  const { samples } = job.prepared;
  const partitionAt = owner.partitionAt ?? samples[0]?.occurredAt ?? origin.receivedAt;
  return {
    block: samples.length === 0 ? null : { ownerId: owner.id, partitionAt, receivedAt: origin.receivedAt, samples },
    raw: { origin, transactionId: owner.kind === 'transaction' ? owner.id : null },
    transactionEvent:
      job.update === undefined ? null : eventRow({ transactionId: owner.id, partitionAt }, 'updated', job.update),
    event: meteredEvent(owner, job),
  };
}

function meteredEvent(owner: SampleOwner, { report, prepared, at, update }: MeterJob): NewEvent {
  const { energyWh, sessionEnergyWh, powerW, socPercent } = prepared.latest;
  const unknown = owner.kind === 'evse' ? report.stationTransactionId : undefined;
  return {
    type:
      update !== undefined && prepared.samples.length === 0
        ? 'transaction.updated'
        : owner.kind === 'transaction'
          ? 'transaction.metered'
          : 'evse.metered',
    organizationId: owner.organizationId,
    siteId: owner.siteId,
    stationId: owner.stationIdentity,
    data: {
      ...(owner.kind === 'transaction'
        ? { transactionId: owner.id, stationTransactionId: givenName(owner.stationTransactionId) }
        : {}),
      // The station named a transaction that we do not know: kept with the EVSE, for a person to look at.
      ...(unknown === undefined ? {} : { unknownStationTransactionId: unknown }),
      evseId: owner.evseId,
      timestamp: new Date(at).toISOString(),
      meterWh: energyWh,
      // No register: the energy since the start of the charge.
      ...(sessionEnergyWh === null ? {} : { energyWh: sessionEnergyWh }),
      powerW,
      socPercent,
      ...(update === undefined
        ? {}
        : {
            chargingState: update.chargingState ?? null,
            trigger: update.trigger?.slice(0, 50).toWellFormed() ?? null,
          }),
    },
  };
}
