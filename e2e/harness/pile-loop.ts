import { setTimeout as sleep } from 'node:timers/promises';
import { BarePile, PileSocketLost } from './bare-pile.ts';
import type { SentSample } from './charge-words.ts';
import type { ChargingLoop, LedgerEntry, LoopOptions } from './charging-loop.ts';
import { type ChargeRecord, type GunPicture, STARTED, STOPPED, serialOf } from './pile-bodies.ts';

export interface PileLoopOptions extends Omit<LoopOptions, 'words'> {
  readonly offsetMinutes: number;
}

const RECONNECT_PAUSE_MS = 250;
/** Cards that are shown at one pile are counted by the server: ten at once, then one every five seconds. This stays below. */
const CARDS_AT_ONCE = 8;
const SECONDS_PER_CARD = 8;
const GUN = 1;
/** What the network says while the server is away. */
const GONE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET']);

/**
 * A YKC pile that charges without a pause: a card, what the gun shows, the record, and again; between them charges with a card that it took
 * for good by itself, of which only the record is told. A record is kept until it is confirmed, and sent again on the next connection. What
 * nothing answers is said once.
 */
export class LoopPile implements ChargingLoop {
  readonly ledger: LedgerEntry[] = [];
  readonly refusals: string[] = [];
  readonly failed: Promise<never>;
  acknowledged = 0;
  resent = 0;
  /** Records among what was sent again. */
  recordsResent = 0;
  readonly #options: PileLoopOptions;
  readonly #pictures = new Map<number, GunPicture>();
  readonly #done: Promise<void>;
  #pile: BarePile | undefined;
  #finishing = false;
  #aborted = false;
  #registerDeciWh = 43_000_000_003;
  #lastTime = 0;
  #cards = CARDS_AT_ONCE;
  #cardsAt = performance.now();
  #ownSerials = 0;
  #recordSent = Promise.withResolvers<void>();

  constructor(options: PileLoopOptions) {
    this.#options = options;
    this.#done = this.#run();
    this.failed = new Promise((_, reject) => this.#done.catch(reject));
    this.failed.catch(() => {});
  }

  /** Resolves as soon as it has sent its next record, before anything can have answered it. */
  nextRecord(): Promise<void> {
    return this.#recordSent.promise;
  }

  finish(): Promise<void> {
    this.#finishing = true;
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#aborted = true;
    this.#pile?.terminate();
    await this.#done.catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#finishing && !this.#aborted) {
      if (this.#mayShowCard()) await this.#charge();
      else await this.#chargeAlone();
    }
    await this.#pile?.[Symbol.asyncDispose]();
  }

  /** By card, and told as it goes. */
  async #charge(): Promise<void> {
    const { idTag, meterValuesPerCharge } = this.#options;
    const answer = await this.#asked((pile) => pile.showCard(idTag, GUN));
    if (!answer.accepted) throw new Error(`a card was refused with ${answer.reason}`);
    const { serial } = answer;
    const startedAt = this.#time();
    const meterStart = this.#registerDeciWh;
    const told: { readonly pile: BarePile | undefined; readonly samples: SentSample[] }[] = [];
    for (let index = 0; index < meterValuesPerCharge; index++) {
      this.#registerDeciWh += 31;
      const picture: GunPicture = {
        serial,
        status: 'charging',
        plugged: true,
        voltageDeciVolt: 4000 + index,
        currentDeciAmpere: 1000 + index,
        soc: (index % 100) + 1,
        energyDeciWh: this.#registerDeciWh - meterStart,
      };
      this.#pictures.set(GUN, picture);
      const pile = await this.#connected();
      if (pile === undefined) continue;
      pile.report(GUN, picture);
      told.push({ pile, samples: samplesOf(picture) });
      await this.#asked((current) => current.heartbeat(GUN));
    }
    this.#registerDeciWh += 7;
    this.#pictures.set(GUN, { serial, status: 'idle', plugged: true });
    await this.#record(serial, meterStart, startedAt, STARTED.byCard, told);
  }

  /** What a pile does that has no connection: under a serial of its own, and told afterwards. */
  async #chargeAlone(): Promise<void> {
    const { identity, offsetMinutes } = this.#options;
    const startedAt = this.#time();
    this.#ownSerials = (this.#ownSerials + 1) % 10_000;
    const serial = serialOf(identity, GUN, startedAt, this.#ownSerials, offsetMinutes);
    const meterStart = this.#registerDeciWh;
    this.#registerDeciWh += 1234;
    await this.#record(serial, meterStart, startedAt, STARTED.byCardOffline, []);
  }

  async #record(
    serial: string,
    meterStartDeciWh: number,
    startedAt: number,
    startedBy: number,
    told: readonly { readonly pile: BarePile | undefined; readonly samples: SentSample[] }[],
  ): Promise<void> {
    const { identity: stationId, idTag } = this.#options;
    const meterStopDeciWh = this.#registerDeciWh;
    const endedAt = this.#time();
    const record: ChargeRecord = {
      serial,
      gun: GUN,
      card: idTag,
      startedAt,
      endedAt,
      meterStartDeciWh,
      meterStopDeciWh,
      startedBy,
      stopReason: STOPPED.byHand,
    };
    let tries = 0;
    const confirmedBy = await this.#asked(async (pile) => {
      tries += 1;
      const confirmation = pile.deliver(record);
      this.#recordSent.resolve();
      this.#recordSent = Promise.withResolvers();
      const result = await confirmation;
      if (result !== 0) this.refusals.push(`0x40 says ${result}`);
      return pile;
    });
    this.recordsResent += tries - 1;
    if (this.#options.endsTwice === true) await this.#asked((pile) => pile.deliver(record));
    const register = (at: number, deciWh: number): SentSample => ({
      timestamp: new Date(at).toISOString(),
      measurand: 'Energy.Active.Import.Register',
      phase: null,
      unit: 'Wh',
      value: decimal(deciWh),
    });
    // Frames are handled in their order: what was said before on the connection that confirmed the record is stored, too.
    const isCertain = (pile: BarePile | undefined) => pile === confirmedBy;
    this.ledger.push({
      stationId,
      transactionId: serial,
      startedAt: new Date(startedAt).toISOString(),
      meterStart: meterStartDeciWh / 10,
      samples: [register(startedAt, meterStartDeciWh), register(endedAt, meterStopDeciWh)],
      told: {
        certain: told.filter(({ pile }) => isCertain(pile)).flatMap(({ samples }) => samples),
        possible: told.filter(({ pile }) => !isCertain(pile)).flatMap(({ samples }) => samples),
      },
      flags: startedBy === STARTED.byCardOffline ? ['offline-start'] : [],
      stop: { endedAt: new Date(endedAt).toISOString(), meterStop: meterStopDeciWh / 10 },
    });
  }

  #mayShowCard(): boolean {
    const now = performance.now();
    this.#cards = Math.min(CARDS_AT_ONCE, this.#cards + (now - this.#cardsAt) / 1000 / SECONDS_PER_CARD);
    this.#cardsAt = now;
    if (this.#cards < 1 || this.ledger.length % 2 === 1) return false;
    this.#cards -= 1;
    return true;
  }

  /** Now, but never twice the same. */
  #time(): number {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return this.#lastTime;
  }

  /** Asks until there is an answer, on whatever connection. */
  async #asked<T>(ask: (pile: BarePile) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#aborted) throw new Error('the loop was given up');
      const pile = await this.#connected();
      if (pile === undefined) continue;
      try {
        const answer = await ask(pile);
        this.acknowledged += 1;
        return answer;
      } catch (error) {
        if (!(error instanceof PileSocketLost)) throw error;
        this.resent += 1;
      }
    }
  }

  async #connected(): Promise<BarePile | undefined> {
    if (this.#pile?.isOpen) return this.#pile;
    const { url, identity, offsetMinutes } = this.#options;
    try {
      this.#pile = await BarePile.enter(url(), identity, { offsetMinutes, pictures: this.#pictures });
      return this.#pile;
    } catch (error) {
      const isAway = error instanceof PileSocketLost || GONE.has((error as { code?: string }).code ?? '');
      if (!isAway) throw error;
      await sleep(RECONNECT_PAUSE_MS);
      return undefined;
    }
  }
}

/** What the server reads from a picture; the time is that of receipt, which only the server knows. */
function samplesOf({ energyDeciWh, voltageDeciVolt, currentDeciAmpere, soc }: GunPicture): SentSample[] {
  const sample = (measurand: string, unit: string, value: string): SentSample => ({
    timestamp: '',
    measurand,
    phase: null,
    unit,
    value,
  });
  return [
    sample('Energy.Active.Import.Register', 'Wh', decimal(energyDeciWh ?? 0)),
    sample('Voltage', 'V', decimal(voltageDeciVolt ?? 0)),
    sample('Current.Import', 'A', decimal(currentDeciAmpere ?? 0)),
    sample('SoC', 'Percent', String(soc)),
    sample('Temperature', 'Celsius', '25'),
    sample('Temperature', 'Celsius', '30'),
  ];
}

/** Tenths as decimal text. */
function decimal(tenths: number): string {
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}
