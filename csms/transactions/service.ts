import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { classifyDatabaseError, type Database, withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { COUNT_BUCKETS, type Metrics } from '@voltpile/platform/telemetry/metrics';
import { type FundsDecision, type FundsPort, NO_LIMITS, type StartLimits } from '../contract/funds-port.ts';
import type { StationKey } from '../contract/ids.ts';
import type { TransactionsPort } from '../contract/operator-ports.ts';
import type { StationPort, TransactionDecision, TransactionReport } from '../contract/station-port.ts';
import type { KnownCosts } from '../costs/costs-service.ts';
import { BatchConnection, WRITER_CLIENT } from '../persistence/batch-connection.ts';
import { maintainPartitions } from '../persistence/partitions.ts';
import { internKinds } from '../persistence/sample-kinds-repository.ts';
import { expireIntents, findRunning, findStale } from '../persistence/transactions-repository.ts';
import { type PreparedReadings, prepareReadings } from '../samples/prepare-readings.ts';
import { SampleKinds } from '../samples/sample-kinds.ts';
import { storableNumber, storableReport } from './claimed-time.ts';
import type { IntentFacts, StationFacts } from './decision-book.ts';
import { type DecisionResult, DecisionWriter } from './decision-writer.ts';
import { type Afterthought, MeterWriter } from './meter-writer.ts';
import { isNamed, nameOf } from './transaction-event.ts';
import { createTransactionsQuery } from './transactions-query.ts';

export interface TransactionsDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Answers whether a driver may charge; without one the site's fallback policy does. */
  readonly funds?: FundsPort | undefined;
  /** What charges have cost, for answers to ends; without it they tell no costs. */
  readonly costs?: KnownCosts | undefined;
  /** Called after every commit that may have left events. */
  readonly onCommitted: () => void;
}

export interface Transactions
  extends Pick<
    StationPort,
    'authorize' | 'transactionStarted' | 'transactionUpdated' | 'transactionEnded' | 'metered'
  > {
  readonly transactions: TransactionsPort;
  readonly jobs: readonly Job[];
  /** Ends all that runs at a station that is gone, each at its last sample. A late end from the station still replaces the estimate. */
  closeAll(stationId: StationKey): Promise<void>;
  /** Finishes what was accepted, then lets go of the database. */
  close(): Promise<void>;
}

/** Jobs in one commit; more only make each wait longer. */
const MAX_BATCH = 500;
/** Messages that may wait for a commit, per writer and process. */
const MAX_WAITING = 20_000;
/** A connector that has been free for so long, while its transaction seems to run, has lost the end. */
const STALE_AFTER_MS = 2 * 60_000;
/** A station that has booted gets so long to go on with a transaction, or to report its end. */
const STALE_AFTER_BOOT_MS = 10 * 60_000;
const STALE_PER_RUN = 500;

const unexpectedAnswer = defineError(
  'transaction.unexpected_answer',
  'Internal',
  'A decision was answered in the wrong way.',
);

const unnamedUpdate = defineError(
  'transaction.unnamed_update',
  'Internal',
  'A report about a running transaction came without its place among the reports.',
);

/** Whether a report only adds samples and says how the charge goes. */
function isOnlyCourse(report: TransactionReport, { bounds }: PreparedReadings): boolean {
  const { idToken, remoteStartId, reservationId, bill } = report;
  if (bill !== undefined) return false;
  return idToken === undefined && remoteStartId === undefined && reservationId === undefined && bounds.begin === null;
}

/** Authorisation, transactions and samples: everything that a charge is made of. */
export function createTransactions(dependencies: TransactionsDependencies): Transactions {
  const { database, clock, logger, metrics, funds, costs, onCommitted } = dependencies;
  const connect = () => database.dedicatedClient(WRITER_CLIENT);
  const batchSizes = metrics.histogram(
    'voltpile_commit_batch_size',
    'Messages that shared one database commit.',
    COUNT_BUCKETS,
    ['writer'],
  );
  const committed = (writer: string) => (size: number) => {
    batchSizes.observe({ writer }, size);
    onCommitted();
  };
  const limits = { maxBatch: MAX_BATCH, maxWaiting: MAX_WAITING };
  const kinds = new SampleKinds((wanted) => internKinds(database.pool, wanted));
  const samples = new MeterWriter({
    ...limits,
    kinds,
    connection: new BatchConnection(connect, classifyDatabaseError),
    onCommit: committed('samples'),
  });
  const decisions = new DecisionWriter({
    ...limits,
    connection: new BatchConnection(connect, classifyDatabaseError),
    onCommit: committed('decisions'),
  });
  metrics.gauge('voltpile_commit_waiting', 'Messages that wait for a database commit.', ['writer'], (gauge) => {
    gauge.set({ writer: 'samples' }, samples.waiting);
    gauge.set({ writer: 'decisions' }, decisions.waiting);
  });

  /** Asks for funds after an acceptance; undefined takes the acceptance back. The site's policy answers where nobody else does. */
  const funded = async (
    station: StationFacts,
    intent: IntentFacts,
    evseId: number | null,
  ): Promise<StartLimits | undefined> => {
    const answer = await askFunds(station, intent, evseId);
    if (answer?.outcome === 'granted') return answer.limits;
    const reason = answer?.reason ?? 'unavailable';
    if (reason === 'unavailable' && station.fundsFallback === 'allow') return NO_LIMITS;
    await decisions.submit({ kind: 'refuse', stationId: station.id, intent, reason });
    return undefined;
  };
  const askFunds = async (
    { identity: stationId }: StationFacts,
    { id: intentId, organizationId, siteId, accountRef, channel }: IntentFacts,
    evseId: number | null,
  ): Promise<FundsDecision | undefined> => {
    try {
      return await funds?.reserve({ intentId, organizationId, siteId, stationId, evseId, accountRef, channel });
    } catch (err) {
      logger.warn({ err, intentId }, 'funds could not be asked; the site’s fallback policy decides');
      return undefined;
    }
  };

  const pursue = async (thought: Afterthought): Promise<void> => {
    await decisions.submit({ kind: 'reassess', ...thought });
    samples.told(thought);
  };

  /** The answer to a decided report: without funds, what was accepted is taken back. */
  const concluded = async (report: TransactionReport, result: DecisionResult): Promise<TransactionDecision> => {
    if (result.kind !== 'transaction') throw unexpectedAnswer();
    if (isNamed(report)) samples.forget(report.origin.station, nameOf(report));
    const { decision, intent, station } = result;
    if (intent === null) return decision;
    if ((await funded(station, intent, report.evse?.evseId ?? intent.evseId)) !== undefined) return decision;
    return decision.idTokenInfo === undefined
      ? decision
      : { ...decision, idTokenInfo: { ...decision.idTokenInfo, status: 'NoCredit' } };
  };

  return {
    async authorize(request) {
      const evseId = storableNumber(request.evseId);
      const result = await decisions.submit({
        kind: 'authorize',
        stationId: request.origin.station,
        request: { ...request, evseId },
      });
      if (result.kind !== 'authorize') throw unexpectedAnswer();
      if (result.intent === null) return result.info;
      const limits = await funded(result.station, result.intent, result.intent.evseId);
      if (limits === undefined) return { ...result.info, status: 'NoCredit' };
      return limits.amount === null ? result.info : { ...result.info, spendingLimit: limits.amount };
    },

    async transactionStarted(original) {
      const report = storableReport(original);
      const prepared = await prepareReadings(report.readings, report.origin, kinds);
      const result = await decisions.submit({ kind: 'start', stationId: report.origin.station, report, prepared });
      return concluded(report, result);
    },

    async transactionUpdated(original) {
      const report = storableReport(original);
      if (!isNamed(report)) throw unnamedUpdate();
      const prepared = await prepareReadings(report.readings, report.origin, kinds);
      if (isOnlyCourse(report, prepared)) {
        const stored = await samples.update(report, prepared);
        if (stored !== 'undecided') {
          const { transactionId, afterthought } = stored;
          if (afterthought !== undefined) await pursue(afterthought);
          return { transactionId, stationTransactionId: report.stationTransactionId ?? null };
        }
      }
      const result = await decisions.submit({ kind: 'update', stationId: report.origin.station, report, prepared });
      return concluded(report, result);
    },

    async transactionEnded(original) {
      const report = storableReport(original);
      const prepared = await prepareReadings(report.readings, report.origin, kinds);
      const result = await decisions.submit({ kind: 'end', stationId: report.origin.station, report, prepared });
      const decision = await concluded(report, result);
      if (!isNamed(report) || decision.transactionId === null) return decision;
      const finalCost = await costs?.findFinal(decision.transactionId);
      return finalCost === undefined ? decision : { ...decision, finalCost };
    },

    async metered(report) {
      const thought = await samples.store(report);
      if (thought !== undefined) await pursue(thought);
    },

    transactions: createTransactionsQuery(database.knex),

    async closeAll(stationId) {
      const running = await withDatabaseErrors(() => findRunning(database.knex, stationId));
      for (const each of running) await decisions.submit({ kind: 'close-stale', ...each });
    },

    jobs: [
      {
        name: 'csms.partitions',
        schedule: '17 * * * *',
        runAtStart: true,
        run: () => maintainPartitions(database.knex, new Date(clock.now())),
      },
      {
        name: 'csms.close-stale-transactions',
        schedule: '* * * * *',
        run: async () => {
          const now = clock.now();
          const times = {
            freeSince: new Date(now - STALE_AFTER_MS),
            bootedUntil: new Date(now - STALE_AFTER_BOOT_MS),
          };
          const stale = await findStale(database.knex, times, STALE_PER_RUN);
          for (const each of stale) await decisions.submit({ kind: 'close-stale', ...each });
          if (stale.length > 0)
            logger.info({ count: stale.length }, 'closed transactions whose end was never reported');
        },
      },
      {
        name: 'csms.expire-start-intents',
        schedule: '*/5 * * * *',
        run: () => expireIntents(database.knex, new Date(clock.now())),
      },
    ],

    async close() {
      await Promise.all([samples.close(), decisions.close()]);
    },
  };
}
