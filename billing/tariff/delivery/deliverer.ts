import { instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { DueLoop } from '@voltpile/platform/jobs/due-loop';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { type DeliveryDependencies, deliverTariff } from './deliver-tariff.ts';
import { claimDeliveries, nextDelivery } from './deliveries-repository.ts';
import type { Delivery } from './delivery.ts';

export interface DelivererOptions extends DeliveryDependencies {
  readonly logger: Logger;
  /** Stations at once (default 4). */
  readonly concurrency?: number;
  /** How long nobody else takes a station that was taken (default a minute). What fails is tried again then. */
  readonly leaseMs?: number;
  /** How often to look without being told (default 5 s): other processes note changes, too. */
  readonly lookMs?: number;
}

const BATCH = 40;

/**
 * Tells stations their prices, until it is stopped. It is driven by the table: what was to be told when a process died is told by the next one.
 */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #loop: DueLoop;

  constructor(options: DelivererOptions) {
    const { knex, clock, lookMs, logger } = options;
    this.#options = options;
    this.#loop = new DueLoop({
      clock,
      lookMs,
      work: () => this.deliverDue(),
      nextDue: () => withDatabaseErrors(() => nextDelivery(knex)),
      onError: (err) => logger.warn({ err }, 'what stations are to be told could not be read; trying again'),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** There may be something to tell. */
  poke(): void {
    this.#loop.poke();
  }

  /** Resolves when what is under way is done. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Looks at what is due now, a limited number. @returns how many */
  async deliverDue(): Promise<number> {
    const { knex, clock, leaseMs = 60_000, concurrency = 4 } = this.#options;
    const now = clock.now();
    const due = await withDatabaseErrors(() => claimDeliveries(knex, now, instant(now + leaseMs), BATCH));
    const queue = [...due];
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined && !this.#loop.isStopping; one = queue.shift())
        await this.#try(one);
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return due.length;
  }

  async #try(delivery: Delivery): Promise<void> {
    try {
      await deliverTariff(this.#options, delivery);
    } catch (err) {
      // The lease brings it back.
      const { stationId } = delivery;
      this.#options.logger.warn({ err, stationId }, 'a station could not be told its prices; trying again');
    }
  }
}
