import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import type { CostReport, CostsPort } from '@voltpile/csms/contract/costs-port';
import type { CommandsPort } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { toMoney } from '../money/minor-units.ts';
import { type ChargeFacts, costUntil, type NewCdr } from './charge-record.ts';
import { curvesOf, factsOf, type PricingSources } from './price-facts.ts';
import { intentsOf } from './settle-charge.ts';

/** What may be spent on a charge: what is held for its start intents. */
export interface SpendingLimits {
  /** Of a charge that runs; what is held may be raised by that. null: nothing limits it. */
  of(intentIds: readonly Uuid[]): Promise<{ readonly amountMinor: bigint; readonly currency: string } | null>;
}

export interface RunningCostsOptions {
  readonly sources: PricingSources;
  readonly costs: CostsPort;
  readonly limits: SpendingLimits;
  readonly commands: Pick<CommandsPort, 'submit'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A charge is priced no more often than this (default 2 s). */
  readonly everyMs?: number;
  /** One that a limit ends is priced so often without news, since time may cost, too (default 20 s). */
  readonly limitedEveryMs?: number;
  /** Charges that are followed at once (default 200,000); what is above waits for its next sample. */
  readonly maxCharges?: number;
  /** Priced at once (default 4). */
  readonly concurrency?: number;
}

/** What is known about a charge that runs. */
interface Followed {
  state: 'resting' | 'queued' | 'priced';
  /** Until it is priced again; told as due in the meantime when it is being priced. */
  timer: NodeJS.Timeout | undefined;
  isNew: boolean;
  /** Who pays and by which tariff: decided when the charge begins. */
  payer: Pick<ChargeFacts, 'accountId' | 'tariff'> | undefined;
  toldMinor: bigint | undefined;
  toldLimitMinor: bigint | undefined;
  pricedMs: number;
  stops: number;
  /** How often its station was away when it was to be stopped. */
  missedStops: number;
  stoppedMs: number;
}

const FREE: NonNullable<Followed['payer']> = { accountId: null, tariff: null };
const STOP_AGAIN_MS = 60_000;
const MOST_STOPS = 5;
/** A station that is away is asked again after so many minutes at most, when it is back, or when something is told of the charge. */
const MOST_MINUTES_AWAY = 10;

/**
 * Prices charges while they run: each new sample tells what a charge has cost so far, to everybody who looks and to the driver at the station. A charge
 * that has used up what may be spent is stopped. Nothing is kept here that is not found again with the next sample, or when it is taken up.
 */
export class RunningCosts {
  readonly #options: RunningCostsOptions;
  readonly #charges = new Map<Uuid, Followed>();
  readonly #queue = new Set<Uuid>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #tellings = new Set<Promise<void>>();
  /** Charges that were to be stopped while their station was away, by its identity. */
  readonly #missed = new Map<string, Set<Uuid>>();
  #isStopping = false;

  constructor(options: RunningCostsOptions) {
    this.#options = options;
  }

  /**
   * Something new was told of charges.
   *
   * @param isFree nothing has a price where they are: there is nothing to look at
   */
  note(transactionIds: readonly Uuid[], isFree = false): void {
    const { clock, everyMs = 2000, maxCharges = 200_000 } = this.#options;
    for (const id of transactionIds) {
      const known = this.#charges.get(id);
      // What has no price when it begins has none to its end.
      if (known?.payer?.tariff === null) continue;
      if (known !== undefined) {
        if (known.state === 'priced') known.isNew = true;
        else this.#wake(id, known, known.pricedMs + everyMs - clock.now());
      } else if (this.#charges.size < maxCharges) {
        const charge: Followed = {
          state: 'resting',
          timer: undefined,
          isNew: false,
          payer: isFree ? FREE : undefined,
          toldMinor: undefined,
          toldLimitMinor: undefined,
          pricedMs: 0,
          stops: 0,
          missedStops: 0,
          stoppedMs: 0,
        };
        this.#charges.set(id, charge);
        if (!isFree) this.#wake(id, charge, 0);
      }
    }
  }

  /**
   * Prices charges that are not followed, and those that would wait for their next sample because they could not be priced. Others are left alone.
   *
   * @returns how many
   */
  takeUp(transactionIds: readonly Uuid[]): number {
    const waiting = transactionIds.filter((id) => {
      const known = this.#charges.get(id);
      if (known === undefined) return !this.#isStopping;
      return known.state === 'resting' && known.timer === undefined && known.payer?.tariff !== null;
    });
    this.note(waiting);
    return waiting.length;
  }

  /** Stations are connected again: what was to be stopped while they were away is stopped now. */
  back(stationIds: readonly string[]): void {
    const { everyMs = 2000 } = this.#options;
    for (const stationId of stationIds) {
      const missed = this.#missed.get(stationId) ?? [];
      this.#missed.delete(stationId);
      for (const id of missed) {
        const charge = this.#charges.get(id);
        if (charge === undefined) continue;
        charge.stoppedMs = 0;
        charge.missedStops = 0;
        if (charge.state === 'priced') charge.isNew = true;
        // It may have something to tell first.
        else this.#wake(id, charge, everyMs);
      }
    }
  }

  /** Charges have ended: what they cost comes with their settlement. */
  forget(transactionIds: readonly Uuid[]): void {
    for (const id of transactionIds) {
      clearTimeout(this.#charges.get(id)?.timer);
      this.#charges.delete(id);
      this.#queue.delete(id);
    }
  }

  /** Charges were settled: that is their cost. */
  async settled(cdrs: readonly NewCdr[]): Promise<void> {
    const { costs, logger } = this.#options;
    this.forget(cdrs.flatMap(({ transactionIds }) => transactionIds));
    const reports = cdrs.flatMap((cdr): CostReport[] => {
      const [transactionId] = cdr.transactionIds;
      if (transactionId === undefined) return [];
      const { inclVat: cost, energyWh } = cdr;
      return [{ transactionId, cost, remaining: null, energyWh, asOf: Date.parse(cdr.createdAt), isFinal: true }];
    });
    const telling = costs
      .tell(reports)
      .catch((err) => logger.warn({ err, count: reports.length }, 'what charges have cost could not be told'))
      .finally(() => this.#tellings.delete(telling));
    this.#tellings.add(telling);
    await telling;
  }

  /** Resolves when what is being priced, or was settled, is told. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.forget([...this.#charges.keys()]);
    await Promise.all([...this.#underWay, ...this.#tellings]);
  }

  /** Prices a charge after a while, if nothing does earlier. */
  #wake(id: Uuid, charge: Followed, delayMs: number): void {
    if (charge.state !== 'resting' || this.#isStopping) return;
    clearTimeout(charge.timer);
    charge.timer = undefined;
    if (delayMs <= 0) {
      charge.state = 'queued';
      this.#queue.add(id);
      this.#pump();
      return;
    }
    charge.timer = setTimeout(() => this.#wake(id, charge, 0), delayMs);
    charge.timer.unref();
  }

  #pump(): void {
    const { concurrency = 4 } = this.#options;
    for (const id of this.#queue) {
      if (this.#underWay.size >= concurrency) return;
      this.#queue.delete(id);
      const charge = this.#charges.get(id);
      if (charge === undefined) continue;
      charge.state = 'priced';
      charge.isNew = false;
      const work: Promise<void> = this.#price(id, charge).finally(() => {
        this.#underWay.delete(work);
        this.#pump();
      });
      this.#underWay.add(work);
    }
  }

  async #price(id: Uuid, charge: Followed): Promise<void> {
    const { everyMs = 2000, logger } = this.#options;
    let againMs: number | undefined;
    try {
      againMs = await this.#priceNow(id, charge);
    } catch (err) {
      logger.warn({ err, transactionId: id }, 'a charge could not be priced; its next sample tries again');
    }
    charge.state = 'resting';
    if (this.#charges.get(id) !== charge) return;
    if (charge.isNew) this.#wake(id, charge, everyMs);
    else if (againMs !== undefined) this.#wake(id, charge, againMs);
  }

  /** @returns after how many milliseconds to look again, also without news */
  async #priceNow(id: Uuid, charge: Followed): Promise<number | undefined> {
    const { sources, costs, limits, clock, limitedEveryMs = 20_000 } = this.#options;
    const now = clock.now();
    charge.pricedMs = now;
    const [curves = []] = await curvesOf(sources.curves, [id]);
    const [main] = curves;
    if (main === undefined || curves.every(({ transaction }) => transaction.status === 'ended')) {
      this.forget([id]);
      return undefined;
    }
    if (main.transaction.id !== id) {
      // Guns that feed one vehicle are priced together, under the one that began first.
      this.forget([id]);
      this.note([main.transaction.id]);
      return undefined;
    }
    const [facts] = charge.payer === undefined ? await factsOf(sources, [curves]) : [charge.payer];
    if (facts === undefined) return undefined;
    const { accountId, tariff } = facts;
    charge.payer = { accountId, tariff };
    if (tariff === null) return undefined;
    const { minor, currency } = costUntil({ curves, accountId, tariff }, now);
    const limit = await limits.of(intentsOf(curves));
    // Such a start is refused. Where the price has come to be in another currency all the same, nothing of what was set aside pays for it.
    const isOtherCurrency = limit !== null && limit.currency !== currency;
    const remaining = limit === null ? null : (isOtherCurrency ? 0n : limit.amountMinor) - minor;
    // Somebody may have paid in.
    if (minor !== charge.toldMinor || limit?.amountMinor !== charge.toldLimitMinor) {
      charge.toldMinor = minor;
      charge.toldLimitMinor = limit?.amountMinor;
      const report: CostReport = {
        transactionId: id,
        cost: toMoney(minor, currency),
        remaining: remaining === null ? null : toMoney(remaining > 0n ? remaining : 0n, currency),
        energyWh: curves.reduce((sum, { transaction }) => sum + (transaction.energyWh ?? 0), 0),
        asOf: now,
        isFinal: false,
      };
      await costs.tell([report]);
    }
    if (remaining === null) return undefined;
    const isUsedUp = remaining <= 0n && !(isOtherCurrency && minor === 0n);
    if (!isUsedUp) return limitedEveryMs;
    await this.#stopCharge(id, curves, charge);
    return STOP_AGAIN_MS * Math.min(1 + charge.missedStops, MOST_MINUTES_AWAY);
  }

  /** Money is used up. A station that does not stop is asked again, a few times; that it was away does not count. */
  async #stopCharge(id: Uuid, curves: readonly ChargingCurve[], charge: Followed): Promise<void> {
    const { commands, clock, logger } = this.#options;
    const now = clock.now();
    if (charge.stops >= MOST_STOPS || now - charge.stoppedMs < STOP_AGAIN_MS) return;
    charge.stoppedMs = now;
    let isAway = true;
    for (const { transaction } of curves) {
      if (transaction.status === 'ended') continue;
      const { id: transactionId, stationId } = transaction;
      logger.info({ transactionId, stationId }, 'a charge has used up what may be spent on it: it is stopped');
      try {
        const request = { action: 'stop-transaction', payload: { transactionId }, requestedBy: 'billing' };
        const { status } = await commands.submit(EVERYTHING, stationId, request, ['operate']);
        if (status !== 'offline') isAway = false;
      } catch (err) {
        isAway = false;
        logger.warn({ err, transactionId, stationId }, 'a charge without money could not be stopped');
      }
    }
    if (!isAway) {
      charge.stops += 1;
      return;
    }
    charge.missedStops += 1;
    for (const { transaction } of curves) {
      const missed = this.#missed.get(transaction.stationId) ?? new Set();
      this.#missed.set(transaction.stationId, missed.add(id));
    }
  }
}
