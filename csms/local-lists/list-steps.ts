import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { StationKey } from '../contract/ids.ts';
import type { CommandsPort } from '../contract/operator-ports.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import { type ListFacts, type ListRecord, lockList, saveList } from '../persistence/local-lists-repository.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { listEvents } from './list-events.ts';
import type { ReadListLimits } from './list-limits.ts';
import {
  type ListState,
  type ListStep,
  nextStep,
  retryAfterMs,
  whenAsking,
  whenInStep,
  whenLeaving,
  whenNotSubmitted,
} from './list-state.ts';
import { isKept, planList } from './plan-list.ts';

export interface ListStepsDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly commands: CommandsPort;
  readonly readLimits: ReadListLimits;
  readonly onEvents: () => void;
}

export interface StepTaken {
  /** The command that was given; null when there was nothing to do, or nothing could be done now. */
  readonly commandId: Uuid | null;
  /** Why the command could not be given. */
  readonly error?: unknown;
}

/** A station may need time to write a long list. */
const TIMEOUT_SECONDS = 60;
/** What becomes of a command is known by its deadline and a little; after this nobody will tell. */
const BUSY_MS = TIMEOUT_SECONDS * 1000 + 30_000;

/**
 * Brings lists in step, one command after the other. Each step is stored before it leaves, under the lock of the station's list: of two
 * processes one makes it, and a crash at any point leaves a state that the next step begins with a question from.
 */
export class ListSteps {
  readonly #dependencies: ListStepsDependencies;
  readonly #running = new Set<Promise<void>>();
  #isStopping = false;

  constructor(dependencies: ListStepsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Makes the next step if there is one and nothing is on its way.
   *
   * @param requestedBy who wants it; null: it follows from a policy
   */
  async take(station: StationKey, requestedBy: string | null = null): Promise<StepTaken> {
    const { knex, commands, onEvents } = this.#dependencies;
    const planned = await withDatabaseErrors(() => knex.transaction((trx) => this.#plan(trx, station)));
    onEvents();
    if (planned === undefined) return { commandId: null };
    const { stationId, step } = planned;
    const request =
      step.kind === 'send'
        ? { action: 'send-local-list', payload: step.message }
        : { action: 'get-local-list-version', payload: {} };
    try {
      const command = await commands.submit(
        EVERYTHING,
        stationId,
        { ...request, timeoutSeconds: TIMEOUT_SECONDS, requestedBy },
        ['operate', 'configure'],
      );
      return { commandId: command.id };
    } catch (error) {
      await withDatabaseErrors(() => knex.transaction((trx) => this.#giveBack(trx, station, step)));
      onEvents();
      return { commandId: null, error };
    }
  }

  /** Goes on in the background. */
  goOn(station: StationKey): void {
    if (this.#isStopping) return;
    const { logger } = this.#dependencies;
    const work = this.take(station)
      .then(({ error }) => {
        if (error !== undefined) logger.info({ err: error, station }, 'a local list could not be sent yet');
      })
      // The job that keeps lists in step finds it again.
      .catch((err: unknown) => logger.warn({ err, station }, 'a local list could not be looked at'))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  /** A command has ended and what came of it is stored: a long list goes on at once. Not where the station was gone: it will be back. */
  afterCommand(station: StationKey, action: string, outcome: CommandOutcome): void {
    const isOfLists = action === 'send-local-list' || action === 'get-local-list-version';
    if (isOfLists && outcome.status !== 'offline') this.goOn(station);
  }

  /** Nothing goes on by itself any more; resolves when what is under way has been done. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
  }

  async #plan(
    trx: Knex.Transaction,
    station: StationKey,
  ): Promise<{ readonly stationId: string; readonly step: Exclude<ListStep, { kind: 'none' }> } | undefined> {
    const { clock, readLimits } = this.#dependencies;
    const now = clock.now();
    const record = await lockList(trx, station, now);
    if (record === undefined || !mayStep(record, now)) return undefined;
    const { state, facts } = record;
    const { wanted, limits } = await planList(trx, record, readLimits, now);
    const step = nextStep(state, wanted.entries, limits, isDoubtful(record));
    switch (step.kind) {
      case 'none':
        await keep(trx, record, whenInStep(state), now, {
          basis: record.wantedBasis,
          nextExpiryAt: wanted.nextExpiryAt,
          busyUntil: null,
          retryAt: null,
        });
        return undefined;
      case 'ask-version':
        await keep(trx, record, whenAsking(state), now, { ...facts, busyUntil: instant(now + BUSY_MS) });
        break;
      case 'send':
        await keep(trx, record, whenLeaving(state, step.message), now, { ...facts, busyUntil: instant(now + BUSY_MS) });
        break;
    }
    return { stationId: record.stationId, step };
  }

  async #giveBack(
    trx: Knex.Transaction,
    station: StationKey,
    step: Exclude<ListStep, { kind: 'none' }>,
  ): Promise<void> {
    const now = this.#dependencies.clock.now();
    const record = await lockList(trx, station, now);
    if (record === undefined) return;
    const isOurs = step.kind === 'send' ? isDeepStrictEqual(record.state.sent, step.message) : record.state.asking;
    if (!isOurs) return;
    const state = whenNotSubmitted(record.state);
    await keep(trx, record, state, now, { busyUntil: null, retryAt: instant(now + retryAfterMs(state)) });
  }
}

/** Stores a state that was reached, with the event that tells of it. */
export async function keep(
  trx: Knex.Transaction,
  record: ListRecord,
  state: ListState,
  now: Instant,
  facts: Partial<ListFacts>,
): Promise<void> {
  const all = { ...record.facts, ...facts };
  await saveList(trx, record, state, all, now);
  await insertEvents(trx, listEvents(record, state, all));
}

function mayStep(record: ListRecord, now: Instant): boolean {
  const { busyUntil, retryAt } = record.facts;
  return (
    record.online &&
    record.registrationStatus === 'Accepted' &&
    record.capabilities.includes('send-local-list') &&
    isKept(record) &&
    !record.state.operatorManaged &&
    (busyUntil === null || busyUntil <= now) &&
    (retryAt === null || retryAt <= now)
  );
}

/** A station that has been restarted since it last told its version may have lost its list, or be another one. */
function isDoubtful({ state, facts, lastBootAt }: ListRecord): boolean {
  if (state.confirmed === null) return false;
  return facts.verifiedAt === null || (lastBootAt !== null && lastBootAt > facts.verifiedAt);
}
