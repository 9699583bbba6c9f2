import { decideAuthorize } from '../authorization/decide-authorize.ts';
import { foldToken } from '../authorization/evaluate-token.ts';
import type {
  AuthorizeRequest,
  IdTokenInfo,
  TransactionDecision,
  TransactionReport,
} from '../contract/station-port.ts';
import type { BatchConnection } from '../persistence/batch-connection.ts';
import { type DecisionNeeds, loadBook, saveBook } from '../persistence/decision-repository.ts';
import { GroupCommit } from '../persistence/group-commit.ts';
import type { PreparedReadings } from '../samples/prepare-readings.ts';
import { decideEnd, reassess } from './decide-end.ts';
import { decideEvent } from './decide-event.ts';
import { decideStart } from './decide-start.ts';
import type { DecisionBook, IntentFacts, StationFacts } from './decision-book.ts';
import { endByLastSample } from './end-transaction.ts';
import { startKey, stopKey } from './idempotency-keys.ts';
import { stationGone } from './meter-writer.ts';
import { refuseIntent } from './refuse-intent.ts';
import { intentRefOf, isNamed, type NamedReport, nameOf, storableInteger } from './transaction-event.ts';

export type DecisionJob =
  | { readonly kind: 'authorize'; readonly stationId: string; readonly request: AuthorizeRequest }
  | {
      readonly kind: 'start';
      readonly stationId: string;
      readonly report: TransactionReport;
      readonly prepared: PreparedReadings;
    }
  | {
      readonly kind: 'update';
      readonly stationId: string;
      readonly report: NamedReport;
      readonly prepared: PreparedReadings;
    }
  | {
      readonly kind: 'end';
      readonly stationId: string;
      readonly report: TransactionReport;
      readonly prepared: PreparedReadings;
    }
  | {
      readonly kind: 'reassess';
      readonly stationId: string;
      readonly transactionId: string;
      /** To be set; none when the energy only is to be worked out anew. */
      readonly flags: readonly string[];
    }
  /** The station never told the end, and the connector is free again. */
  | { readonly kind: 'close-stale'; readonly stationId: string; readonly transactionId: string }
  /** There are no funds for an intent that was accepted a moment ago. */
  | { readonly kind: 'refuse'; readonly stationId: string; readonly intent: IntentFacts; readonly reason: string };

export type DecisionResult =
  | {
      readonly kind: 'authorize';
      readonly info: IdTokenInfo;
      readonly intent: IntentFacts | null;
      readonly station: StationFacts;
    }
  | {
      readonly kind: 'transaction';
      readonly decision: TransactionDecision;
      readonly intent: IntentFacts | null;
      readonly station: StationFacts;
    }
  | { readonly kind: 'done' };

export interface DecisionWriterOptions {
  readonly connection: BatchConnection;
  readonly maxBatch: number;
  readonly maxWaiting: number;
  readonly onCommit: (batchSize: number) => void;
}

/**
 * Carries out decisions: each sees the locked facts, and many stations share one transaction. Two decisions about one station are never
 * in the same batch, so that a station's messages take effect one after the other.
 */
export class DecisionWriter {
  readonly #connection: BatchConnection;
  readonly #knownEvses = new Set<string>();
  readonly #commits: GroupCommit<DecisionJob, DecisionResult>;

  constructor(options: DecisionWriterOptions) {
    this.#connection = options.connection;
    this.#commits = new GroupCommit({
      run: (jobs) => this.#decide(jobs),
      maxBatch: options.maxBatch,
      maxWaiting: options.maxWaiting,
      key: (job) => job.stationId,
      onCommit: options.onCommit,
    });
  }

  get waiting(): number {
    return this.#commits.waiting;
  }

  submit(job: DecisionJob): Promise<DecisionResult> {
    return this.#commits.submit(job);
  }

  async close(): Promise<void> {
    await this.#commits.close();
    await this.#connection.close();
  }

  #decide(jobs: DecisionJob[]): Promise<DecisionResult[]> {
    return this.#connection.transaction(async (transaction) => {
      const book = await loadBook(transaction, needsOf(jobs));
      const results = jobs.map((job) => decide(book, job));
      await saveBook(transaction, book, this.#knownEvses);
      return results;
    });
  }
}

function needsOf(jobs: readonly DecisionJob[]): DecisionNeeds {
  const tokens: { stationId: string; idToken: string }[] = [];
  const intents: { stationId: string; idToken: string }[] = [];
  const startingTokens: string[] = [];
  const intentRefs: { stationId: string; dialectRef: string }[] = [];
  const startingRefs: { stationId: string; dialectRef: string }[] = [];
  const startKeys: { stationId: string; startKey: string; evseId: number | null }[] = [];
  const ends: { stationId: string; stationTransactionId: string; stopKey: string }[] = [];
  const named: { stationId: string; stationTransactionId: string; number: number; endsIt: boolean }[] = [];
  const transactionIds: string[] = [];
  for (const job of jobs) {
    const { stationId } = job;
    const report = 'report' in job ? job.report : undefined;
    const token = job.kind === 'authorize' ? job.request.idToken : report?.idToken;
    if (token !== undefined) {
      const shown = { stationId, idToken: foldToken(token.value) };
      tokens.push(shown);
      if (job.kind !== 'end' || isNamed(job.report)) intents.push(shown);
      if (job.kind === 'authorize' && job.request.stationTransactionId !== undefined)
        startingTokens.push(shown.idToken);
    }
    if (report !== undefined && isNamed(report)) {
      const ref = intentRefOf(report);
      if (ref !== null) {
        intentRefs.push({ stationId, dialectRef: ref });
        if (job.kind === 'start' && report.namedByUs === true && token === undefined)
          startingRefs.push({ stationId, dialectRef: ref });
      }
      const number = storableInteger(report.sequence.number);
      named.push({ stationId, stationTransactionId: nameOf(report), number, endsIt: job.kind === 'end' });
      if (token !== undefined && job.kind !== 'end') startingTokens.push(foldToken(token.value));
      // Who runs where a transaction is found to run has to make way.
      if (report.evse !== undefined || job.kind === 'start') {
        startKeys.push({ stationId, startKey: '', evseId: report.evse?.evseId ?? null });
      }
      continue;
    }
    if (job.kind === 'refuse') {
      if (job.intent.transactionId !== null) transactionIds.push(job.intent.transactionId);
    } else if (job.kind === 'start') {
      if (token !== undefined) startingTokens.push(foldToken(token.value));
      startKeys.push({ stationId, startKey: startKey(job.report), evseId: job.report.evse?.evseId ?? null });
    } else if (job.kind === 'end') {
      const stationTransactionId = job.report.stationTransactionId ?? '';
      ends.push({ stationId, stationTransactionId, stopKey: stopKey(job.report) });
    } else if (job.kind === 'reassess' || job.kind === 'close-stale') transactionIds.push(job.transactionId);
  }
  return {
    stationIds: jobs.map((job) => job.stationId),
    tokens,
    intents,
    intentRefs,
    startingRefs,
    startingTokens,
    startKeys,
    ends,
    named,
    transactionIds,
  };
}

function decide(book: DecisionBook, job: DecisionJob): DecisionResult {
  const station = book.stations.get(job.stationId);
  if (station === undefined) throw stationGone();
  switch (job.kind) {
    case 'authorize': {
      const { info, intent } = decideAuthorize(book, station, job.request);
      return { kind: 'authorize', info, intent, station };
    }
    case 'update':
      return { kind: 'transaction', ...decideEvent(book, station, 'updated', job.report, job.prepared), station };
    case 'start': {
      if (isNamed(job.report)) {
        return { kind: 'transaction', ...decideEvent(book, station, 'started', job.report, job.prepared), station };
      }
      const { decision, intent } = decideStart(book, station, job.report, job.prepared);
      return { kind: 'transaction', decision, intent, station };
    }
    case 'end':
      if (isNamed(job.report)) {
        return { kind: 'transaction', ...decideEvent(book, station, 'ended', job.report, job.prepared), station };
      }
      return {
        kind: 'transaction',
        decision: decideEnd(book, station, job.report, job.prepared),
        intent: null,
        station,
      };
    case 'reassess': {
      const transaction = book.transaction(job.transactionId);
      if (transaction !== undefined) reassess(book, transaction, job.flags);
      return { kind: 'done' };
    }
    case 'close-stale': {
      const transaction = book.transaction(job.transactionId);
      if (transaction?.status === 'active') endByLastSample(book, station, transaction);
      return { kind: 'done' };
    }
    case 'refuse':
      refuseIntent(book, job.intent, job.reason);
      return { kind: 'done' };
  }
}
