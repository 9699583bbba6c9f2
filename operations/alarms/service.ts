import { type Clock, instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { DueLoop } from '@voltpile/platform/jobs/due-loop';
import { inBatches } from '@voltpile/platform/jobs/in-batches';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { AlarmsPort } from '../contract/alarms.ts';
import { createAlarmsService } from './alarms-service.ts';
import { checkStations } from './check-stations.ts';
import type { ConditionSettings } from './conditions.ts';
import { dropAlarms, endAlarms, strayAlarms } from './persistence/alarms-repository.ts';
import { nextCheck } from './persistence/checks-repository.ts';
import { addNotes, thinNotes } from './persistence/notes-repository.ts';

export interface Alarms {
  readonly port: AlarmsPort;
  readonly jobs: readonly Job[];
  /** Stations may have told something. */
  poke(): void;
  start(): void;
  stop(): Promise<void>;
}

const LOOK_MS = 1000;
const AT_ONCE = 1000;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 400;
/** Of what happened to an alarm by itself. */
const KEPT_NOTES = 200;

/** What is wrong with stations: looked at when they have told something, and when time makes it so. */
export function createAlarms(dependencies: {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: ConditionSettings;
}): Alarms {
  const { knex, clock, logger, settings } = dependencies;
  const loop = new DueLoop({
    clock,
    work: () => checkStations({ knex, clock, settings }),
    nextDue: () => withDatabaseErrors(() => nextCheck(knex)),
    onError: (err) => logger.warn({ err }, 'alarms could not be looked at; trying again'),
    lookMs: LOOK_MS,
  });

  /** Of stations that were removed. */
  async function endStray(signal: AbortSignal): Promise<void> {
    await inBatches(AT_ONCE, signal, (count) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const ids = await strayAlarms(trx, count);
          const at = clock.now();
          const cleared = await endAlarms(trx, ids, at);
          const text = 'The station was removed';
          await addNotes(
            trx,
            cleared.map((alarmId) => ({ alarmId, at, kind: 'cleared' as const, by: null, text })),
          );
          return ids.length;
        }),
      ),
    );
  }

  async function dropOld(signal: AbortSignal): Promise<void> {
    const before = instant(clock.now() - KEPT_DAYS * DAY_MS);
    await inBatches(AT_ONCE, signal, (count) => withDatabaseErrors(() => dropAlarms(knex, before, count)));
    await withDatabaseErrors(() => thinNotes(knex, KEPT_NOTES));
  }

  return {
    port: createAlarmsService({ knex, clock }),
    jobs: [
      { name: 'operations.stray-alarms', schedule: '*/5 * * * *', run: endStray },
      { name: 'operations.alarms-retention', schedule: '53 3 * * *', run: dropOld },
    ],
    poke: () => loop.poke(),
    start: () => loop.start(),
    stop: () => loop.stop(),
  };
}
