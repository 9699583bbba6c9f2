import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { SitesPort, StationsPort, TransactionsPort } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Knex } from 'knex';
import type { LivePort } from '../contract/live.ts';
import { LIVE_EVENTS } from './fold-event.ts';
import { followLive } from './follow-live.ts';
import { createLiveService } from './live-service.ts';
import { addStations, withoutPicture } from './persistence/live-repository.ts';
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
      const ids = page.items.map(({ id }) => id);
      for (const id of await withDatabaseErrors(() => withoutPicture(knex, ids))) {
        const station = await source.pictureOf(id);
        if (station !== undefined) await withDatabaseErrors(() => addStations(knex, [station]));
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && !signal.aborted);
  }

  return {
    port: createLiveService({ knex, clock, sites: ports.sites }),
    followedEvents: LIVE_EVENTS,
    follow: (events) => followLive({ knex, clock, source }, events),
    jobs: [{ name: 'operations.live-stations', schedule: '*/5 * * * *', run: addSilentStations }],
  };
}
