import { instant } from '@voltpile/kernel/clock';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
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
/** A timer holds no more. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Tells stations their prices, until it is stopped. It is driven by the table: what was to be told when a process died is told by the next one.
 */
export class Deliverer {
  readonly #options: DelivererOptions;
  #isStopping = false;
  #wake: (() => void) | undefined;
  #isPoked = false;
  #loop: Promise<void> | undefined;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There may be something to tell. */
  poke(): void {
    this.#isPoked = true;
    this.#wake?.();
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    await this.#loop;
  }

  /** Looks at what is due now, a limited number. @returns how many */
  async deliverDue(): Promise<number> {
    const { knex, clock, leaseMs = 60_000, concurrency = 4 } = this.#options;
    const now = clock.now();
    const due = await withDatabaseErrors(() => claimDeliveries(knex, now, instant(now + leaseMs), BATCH));
    const queue = [...due];
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined && !this.#isStopping; one = queue.shift()) await this.#try(one);
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

  async #run(): Promise<void> {
    const { logger, lookMs = 5000 } = this.#options;
    while (!this.#isStopping) {
      this.#isPoked = false;
      let waitMs = lookMs;
      try {
        if ((await this.deliverDue()) > 0) continue;
        waitMs = Math.min(waitMs, await this.#untilNext());
      } catch (err) {
        logger.warn({ err }, 'what stations are to be told could not be read; trying again');
      }
      await this.#pause(waitMs);
    }
  }

  async #untilNext(): Promise<number> {
    const at = await withDatabaseErrors(() => nextDelivery(this.#options.knex));
    return at === null ? LONGEST_WAIT_MS : Math.max(at.getTime() - this.#options.clock.now(), 10);
  }

  #pause(milliseconds: number): Promise<void> {
    if (this.#isPoked || this.#isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      this.#wake = finish;
    });
  }
}
