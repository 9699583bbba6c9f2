import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { SitesPort, StationsPort, TransactionsPort } from '@voltpile/csms/contract/operator-ports';
import { type Clock, instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { inBatches } from '@voltpile/platform/jobs/in-batches';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Knex } from 'knex';
import type { LivePort } from '../contract/live.ts';
import { addUnknown, followLive, LIVE_EVENTS } from './follow-live.ts';
import { createLiveService } from './live-service.ts';
import { dropSessions } from './persistence/sessions-repository.ts';
import { createPictureSource } from './picture-source.ts';

/** The present state of stations. */
export interface Live {
  readonly port: LivePort;
  readonly followedEvents: readonly DomainEventType[];
  /** See `Operations.follow`. */
  follow(events: readonly DomainEvent[]): Promise<void>;
  readonly jobs: readonly Job[];
}

const PAGE = 200;
const DAY_MS = 86_400_000;
/** Figures of the day need two; the rest is for people who look back. The record of a charge is elsewhere. */
const SESSION_DAYS = 35;
const DROPPED_AT_ONCE = 5000;

export function createLive(dependencies: {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly ports: {
    readonly sites: Pick<SitesPort, 'listSites'>;
    readonly stations: Pick<StationsPort, 'get' | 'list'>;
    readonly transactions: Pick<TransactionsPort, 'list'>;
  };
}): Live {
  const { knex, clock, ports } = dependencies;
  const source = createPictureSource({ ...ports, clock });

  /** Stations that have told nothing since pictures are made of what they tell. */
  async function addSilentStations(signal: AbortSignal): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await ports.stations.list(
        EVERYTHING,
        {},
        { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
      );
      await addUnknown(
        knex,
        source,
        page.items.map(({ id }) => id),
      );
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && !signal.aborted);
  }

  async function dropOldSessions(signal: AbortSignal): Promise<void> {
    const before = instant(clock.now() - SESSION_DAYS * DAY_MS);
    await inBatches(DROPPED_AT_ONCE, signal, (count) => withDatabaseErrors(() => dropSessions(knex, before, count)));
  }

  return {
    port: createLiveService({ knex, clock, sites: ports.sites }),
    followedEvents: LIVE_EVENTS,
    follow: (events) => followLive({ knex, source }, events),
    jobs: [
      { name: 'operations.live-stations', schedule: '*/5 * * * *', run: addSilentStations },
      { name: 'operations.sessions-retention', schedule: '41 3 * * *', run: dropOldSessions },
    ],
  };
}
