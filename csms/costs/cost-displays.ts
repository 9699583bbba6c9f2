import { type Clock, instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { ShowCost } from '../contract/commands.ts';
import type { Epoch, StationKey } from '../contract/ids.ts';
import type { StationLink } from '../contract/station-link.ts';

export interface CostDisplaysOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly link: () => StationLink | undefined;
  /** A running charge is shown at most so often (default 10 s). */
  readonly intervalMs?: number;
  /** Running charges that are known at once; what is beyond is not shown (default 20,000). */
  readonly maxCharges?: number;
}

/** A cost on its way to the display of a station. */
export interface ShownCost {
  readonly transactionId: Uuid;
  readonly station: StationKey;
  readonly epoch: Epoch;
  readonly command: ShowCost;
}

const INTERVAL_MS = 10_000;
const MAX_CHARGES = 20_000;
/** What is not shown by then is shown by the next one. */
const PATIENCE_MS = 10_000;

interface Charge {
  /** Waits for its turn. */
  next: ShownCost | undefined;
  timer: NodeJS.Timeout;
}

/**
 * Shows at stations what charges cost. Running ones not too often: of several in between the last is shown. The final one always and at once. Nothing
 * depends on it: what fails is logged and forgotten.
 */
export class CostDisplays {
  readonly #options: Required<CostDisplaysOptions>;
  /** Those that were shown just now. */
  readonly #charges = new Map<Uuid, Charge>();
  #isStopped = false;

  constructor(options: CostDisplaysOptions) {
    this.#options = { intervalMs: INTERVAL_MS, maxCharges: MAX_CHARGES, ...options };
  }

  show(cost: ShownCost): void {
    if (this.#isStopped) return;
    const charge = this.#charges.get(cost.transactionId);
    if (cost.command.payload.isFinal) {
      clearTimeout(charge?.timer);
      this.#charges.delete(cost.transactionId);
      this.#send(cost);
    } else if (charge !== undefined) charge.next = cost;
    else if (this.#charges.size < this.#options.maxCharges) {
      this.#charges.set(cost.transactionId, { next: undefined, timer: this.#wait(cost.transactionId) });
      this.#send(cost);
    }
  }

  /** Shows nothing more. */
  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#charges.values()) clearTimeout(timer);
    this.#charges.clear();
  }

  #wait(transactionId: Uuid): NodeJS.Timeout {
    const timer = setTimeout(() => this.#proceed(transactionId), this.#options.intervalMs);
    return timer.unref();
  }

  #proceed(transactionId: Uuid): void {
    const charge = this.#charges.get(transactionId);
    if (charge?.next === undefined) {
      this.#charges.delete(transactionId);
      return;
    }
    this.#send(charge.next);
    charge.next = undefined;
    charge.timer = this.#wait(transactionId);
  }

  #send({ transactionId, station, epoch, command }: ShownCost): void {
    const { clock, logger, link } = this.#options;
    const deadline = instant(clock.now() + PATIENCE_MS);
    const sent = link()?.execute(station, epoch, command, deadline);
    sent?.then(
      ({ status, response }) => {
        if (status !== 'accepted') logger.debug({ station, transactionId, status, response }, 'a cost was not shown');
      },
      (err: unknown) => logger.debug({ err, station, transactionId }, 'a cost could not be shown'),
    );
  }
}
