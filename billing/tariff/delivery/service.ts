import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { StationTariffsPort } from '@voltpile/csms/contract/station-tariff';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { TariffDeliveriesPort } from '../../contract/tariff-deliveries.ts';
import type { DeliveryDependencies } from './deliver-tariff.ts';
import { Deliverer } from './deliverer.ts';
import { createTariffDeliveries } from './deliveries-service.ts';
import { followStations, STATION_EVENTS } from './follow-stations.ts';
import { lookForChanges } from './look-for-changes.ts';
import { noteTaken } from './note-taken.ts';

export interface TariffDelivery {
  readonly port: TariffDeliveriesPort;
  /** A station has asked for its prices by itself. */
  readonly taken: StationTariffsPort['taken'];
  readonly followedEvents: readonly DomainEventType[];
  /** Takes events of the stations' domain in order; resolves after what follows from them was stored. */
  follow(events: readonly DomainEvent[]): Promise<void>;
  readonly jobs: readonly Job[];
  start(): void;
  stop(): Promise<void>;
}

/** Tells stations that show prices by themselves which ones, and knows which of them have them. */
export function createTariffDelivery(dependencies: DeliveryDependencies & { readonly logger: Logger }): TariffDelivery {
  const { knex, clock } = dependencies;
  const deliverer = new Deliverer(dependencies);
  const poke = (): void => deliverer.poke();
  return {
    port: createTariffDeliveries(dependencies, poke),
    async taken(place, tariff) {
      await noteTaken(dependencies, place, tariff);
      poke();
    },
    followedEvents: STATION_EVENTS,
    async follow(events) {
      if (await followStations(knex, clock, events)) poke();
    },
    jobs: [
      {
        name: 'billing.tariff-deliveries',
        schedule: '* * * * *',
        async run(signal) {
          await lookForChanges(dependencies, signal);
          poke();
        },
      },
    ],
    start: () => deliverer.start(),
    stop: () => deliverer.stop(),
  };
}
