import { setTimeout as sleep } from 'node:timers/promises';
import { BareStation, CallRefused, HandshakeRefused, SocketLost } from './bare-station.ts';
import { type ChargeWords, type Message, ocpp16Words, type SentSample } from './charge-words.ts';

/** A charge by what the server has acknowledged of it. */
export interface LedgerEntry {
  readonly stationId: string;
  /** What the server knows the charge by. */
  readonly transactionId: string;
  readonly startedAt: string;
  readonly meterStart: number;
  readonly samples: SentSample[];
  /** What nothing has acknowledged, stored with the time of its receipt: once, or (where it is not certain) perhaps. None when absent. */
  readonly told?: { readonly certain: readonly SentSample[]; readonly possible: readonly SentSample[] };
  /** None when absent. */
  readonly flags?: readonly string[];
  stop: { readonly endedAt: string; readonly meterStop: number } | undefined;
}

export interface LoopOptions {
  /** Where the server listens now; it may move with a restart. */
  readonly url: () => string;
  readonly identity: string;
  readonly idTag: string;
  readonly meterValuesPerCharge: number;
  /** The dialect; OCPP 1.6 when absent. */
  readonly words?: ChargeWords | undefined;
  /** Says every end once more after it was answered, as a station does that has lost the answer; false when absent. */
  readonly endsTwice?: boolean | undefined;
}

/** A station that charges without a pause until it is told to finish. */
export interface ChargingLoop extends AsyncDisposable {
  /** What was acknowledged. */
  readonly ledger: readonly LedgerEntry[];
  /** Refusals in answer to messages about the charge: there must be none. */
  readonly refusals: readonly string[];
  /** Rejects when the loop ends by something that ought not to happen; never resolves. */
  readonly failed: Promise<never>;
  /** Answers so far. */
  readonly acknowledged: number;
  /** How often something was sent again because its connection was lost before the answer. */
  readonly resent: number;
  /** Ends the charge under way, and with it the loop. Rejects with what went wrong on the way, if anything did. */
  finish(): Promise<void>;
}

const RECONNECT_PAUSE_MS = 50;

/**
 * A charge point that charges without a pause: start, meter values of six samples, stop, and again. What is not acknowledged when the
 * socket is lost is sent again on the next one, with a new message id and the same body, before anything else: as real stations do.
 */
export class LoopStation implements ChargingLoop {
  readonly ledger: LedgerEntry[] = [];
  readonly refusals: string[] = [];
  /** Close codes of sockets lost on the way. */
  readonly lostSockets: number[] = [];
  readonly failed: Promise<never>;
  acknowledged = 0;
  resent = 0;
  readonly #options: LoopOptions;
  readonly #words: ChargeWords;
  readonly #done: Promise<void>;
  #socket: BareStation | undefined;
  #finishing = false;
  #aborted = false;
  #registerWh: number;
  #lastTime = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#words = options.words ?? ocpp16Words();
    this.#registerWh = 1000;
    this.#done = this.#run();
    this.failed = new Promise((_, reject) => this.#done.catch(reject));
    this.failed.catch(() => {});
  }

  finish(): Promise<void> {
    this.#finishing = true;
    return this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#aborted = true;
    this.#socket?.terminate();
    await this.#done.catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#finishing && !this.#aborted) await this.#charge();
    await this.#socket?.close();
  }

  async #charge(): Promise<void> {
    const { identity: stationId, idTag, meterValuesPerCharge } = this.#options;
    const startedAt = this.#time();
    const meterStart = this.#registerWh;
    const start = this.#words.start({ idTag, at: startedAt, registerWh: meterStart });
    const transactionId = this.#words.readStart(await this.#deliver(start), start);
    const samples = [...start.samples];
    const entry: LedgerEntry = { stationId, transactionId, startedAt, meterStart, samples, stop: undefined };
    this.ledger.push(entry);
    for (let index = 0; index < meterValuesPerCharge; index++) {
      this.#registerWh += 3;
      const timestamp = this.#time();
      const message = this.#words.measure(transactionId, timestamp, this.#samples(timestamp, index));
      await this.#deliver(message);
      entry.samples.push(...message.samples);
    }
    const endedAt = this.#time();
    // Whole watt-hours, not below the last sample.
    this.#registerWh += 1;
    const meterStop = this.#registerWh;
    const stop = this.#words.stop(transactionId, { idTag, at: endedAt, registerWh: meterStop });
    await this.#deliver(stop);
    if (this.#options.endsTwice === true) await this.#deliver(stop);
    entry.samples.push(...stop.samples);
    entry.stop = { endedAt, meterStop };
  }

  #samples(timestamp: string, index: number): SentSample[] {
    const register = `${this.#registerWh}.${String(index % 1000).padStart(3, '0')}`;
    const current = { timestamp, measurand: 'Current.Import', unit: 'A', value: '16.1' };
    return [
      { timestamp, measurand: 'Energy.Active.Import.Register', phase: null, unit: 'Wh', value: register },
      { timestamp, measurand: 'Power.Active.Import', phase: null, unit: 'W', value: `${7000 + index}` },
      { ...current, phase: 'L1' },
      { ...current, phase: 'L2' },
      { ...current, phase: 'L3' },
      { timestamp, measurand: 'SoC', phase: null, unit: 'Percent', value: `${index % 100}` },
    ];
  }

  /** Now, but never twice the same. */
  #time(): string {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return new Date(this.#lastTime).toISOString();
  }

  async #deliver({ action, payload }: Message): Promise<unknown> {
    for (;;) {
      if (this.#aborted) throw new Error('the loop was given up');
      const socket = await this.#connected();
      if (socket === undefined) continue;
      try {
        const answer = await socket.call<unknown>(action, payload);
        this.acknowledged += 1;
        return answer;
      } catch (error) {
        if (error instanceof CallRefused) this.refusals.push(error.message);
        else if (error instanceof SocketLost) this.lostSockets.push(error.closeCode);
        else throw error;
        this.resent += 1;
      }
    }
  }

  async #connected(): Promise<BareStation | undefined> {
    if (this.#socket?.isOpen) return this.#socket;
    try {
      this.#socket = await BareStation.connect(this.#options.url(), this.#options.identity, {
        protocols: [this.#words.protocol],
      });
      return this.#socket;
    } catch (error) {
      if (error instanceof HandshakeRefused && error.status < 500) throw error;
      await sleep(RECONNECT_PAUSE_MS);
      return undefined;
    }
  }
}
