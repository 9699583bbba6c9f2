import { type Clock, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { makePage, readPage } from '@voltpile/platform/database/id-page';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { LedgerPort, LedgerProofView } from '../contract/ledger.ts';
import { findEntry, listBalances, listEntries } from './books-repository.ts';
import { listProofs, storeProof } from './proofs-repository.ts';
import { type LedgerCheck, type OutsideCheck, proofRunning, proveLedger } from './prove.ts';

export const entryNotFound = defineError('ledger.entry_not_found', 'NotFound', 'There is no such entry in the ledger.');

export const proofStopped = defineError(
  'ledger.proof_stopped',
  'Unavailable',
  'The server stops, so the ledger is not checked to its end; ask again when it is back.',
);

export interface LedgerServiceOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the ledger itself, and of whoever knows more of what is in it. */
  readonly checks: readonly LedgerCheck[];
  /** Asked of others than the database. */
  readonly outside?: readonly OutsideCheck[];
}

export interface LedgerService {
  readonly port: LedgerPort;
  readonly jobs: readonly Job[];
  /** Gives up a proof that is under way; resolves when it is. */
  stop(): Promise<void>;
}

const ENTRIES = 'ledger-entries';
const BALANCES = 'ledger-balances';
const PROOFS = 'ledger-proofs';
/** Auditors ask for a year that is over. */
const KEEP_PROOFS_MS = 3 * 366 * 86_400_000;

/** The books for people, and their proof: once a day, and when somebody asks for it. */
export function createLedgerService({
  knex,
  clock,
  logger,
  checks,
  outside = [],
}: LedgerServiceOptions): LedgerService {
  const halt = new AbortController();
  let running: Promise<LedgerProofView> | undefined;

  async function proveNow(): Promise<LedgerProofView> {
    const proof = await proveLedger(knex, checks, clock, halt.signal, outside).catch((error: unknown) => {
      throw halt.signal.aborted ? proofStopped({}, error) : error;
    });
    const { findings, unanswered } = proof;
    if (unanswered.length > 0) logger.warn({ proof: proof.id, unanswered }, 'not all of the ledger could be checked');
    if (findings.length > 0) logger.error({ proof: proof.id, findings }, 'the ledger does not fit together');
    return storeProof(knex, proof, instant(proof.startedAt - KEEP_PROOFS_MS));
  }

  /** It reads everything, so one at a time is enough; other processes are told so by the database. */
  function prove(): Promise<LedgerProofView> {
    running ??= withDatabaseErrors(proveNow).finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    port: {
      async listEntries(scope, filter, page) {
        const { limit, after } = readPage(ENTRIES, page);
        const views = await withDatabaseErrors(() => listEntries(knex, scope, filter, after, limit + 1));
        return makePage(ENTRIES, views, limit);
      },
      async getEntry(scope, id) {
        const view = isUuid(id) ? await withDatabaseErrors(() => findEntry(knex, scope, id)) : undefined;
        if (view === undefined) throw entryNotFound();
        return view;
      },
      async listBalances(scope, filter, page) {
        const { limit, after } = readPage(BALANCES, page);
        const views = await withDatabaseErrors(() => listBalances(knex, scope, filter, after, limit + 1));
        return makePage(BALANCES, views, limit);
      },
      async listProofs(page) {
        const { limit, after } = readPage(PROOFS, page);
        const views = await withDatabaseErrors(() => listProofs(knex, after, limit + 1));
        return makePage(PROOFS, views, limit);
      },
      prove,
    },
    jobs: [
      {
        name: 'billing.prove-ledger',
        schedule: '41 3 * * *',
        async run() {
          await prove().catch((error: unknown) => {
            // Somebody has asked for it elsewhere, or the next day's will do.
            if (!proofRunning.is(error) && !proofStopped.is(error)) throw error;
          });
        },
      },
    ],
    async stop() {
      halt.abort();
      await running?.catch(() => {});
    },
  };
}
