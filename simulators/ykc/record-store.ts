import { recordConfirmation, transactionRecord } from '@voltpile/ykc/messages/record';
import { callTimedOut } from '../station/errors.ts';
import type { UnsentMessages } from '../station/simulated-station.ts';
import type { SimulatedPile } from './pile.ts';
import type { StoredRecord } from './record.ts';

const REPEAT_SECONDS = 30;
const MAX_RECORDS = 1_000;

/** Records that are not confirmed yet: kept through lost connections and power cuts, repeated every 30 s. */
export class RecordStore implements UnsentMessages {
  readonly #pile: SimulatedPile;
  readonly #records = new Map<string, StoredRecord>();
  /** Serials whose confirmation is waited for, or whose time has not come yet. */
  readonly #underWay = new Set<string>();
  #flushWaiters: (() => void)[] = [];

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  get length(): number {
    return this.#records.size;
  }

  flushed(): Promise<void> {
    if (this.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushWaiters.push(resolve));
  }

  /** Takes a record in, and sends it. */
  add(record: StoredRecord): void {
    const { serial } = record;
    if (this.#records.size >= MAX_RECORDS) {
      const [oldest] = this.#records.keys();
      this.#records.delete(oldest as string);
      this.#pile.tell('message-dropped', { action: '0x3B', reason: `more than ${MAX_RECORDS} records wait` });
    }
    this.#records.set(serial, record);
    const delay = this.#pile.quirks.recordDelaySeconds;
    if (delay === 0) {
      this.#send(record);
      return;
    }
    this.#underWay.add(serial);
    this.#pile.timers.after(delay * 1000, () => {
      this.#underWay.delete(serial);
      this.#send(record);
    });
  }

  /** The pile has logged in: what is stored goes out again. */
  resume(): void {
    for (const record of this.#records.values()) this.#send(record);
  }

  powerLost(): void {
    this.#underWay.clear();
  }

  /** 0x40 came. @returns whether there is such a record */
  confirmed(serial: string, result: number): boolean {
    const record = this.#records.get(serial);
    if (record === undefined) return false;
    this.#records.delete(serial);
    const { ledger, time } = this.#pile;
    if (result === 0) {
      ledger.confirmed(record, time.now());
      const { gun: connectorId, localId } = record;
      this.#pile.tell('transaction-closed', { connectorId, localId, transactionId: serial });
    } else {
      ledger.wasRefused(record);
      this.#pile.tell('message-dropped', { action: '0x3B', reason: `refused with ${result}` });
    }
    if (this.length === 0) {
      this.#pile.tell('flushed', {});
      for (const wake of this.#flushWaiters.splice(0)) wake();
    }
    return true;
  }

  #send(record: StoredRecord): void {
    if (!this.#underWay.has(record.serial) && this.#pile.canSpeak) void this.#repeat(record);
  }

  async #repeat(record: StoredRecord): Promise<void> {
    const { serial, values } = record;
    this.#underWay.add(serial);
    try {
      for (let repeats = 0; this.#records.get(serial) === record; repeats += 1) {
        if (repeats > this.#pile.quirks.recordRepeats) return;
        try {
          const asked = this.#pile.ask(transactionRecord, values, recordConfirmation, {
            seconds: REPEAT_SECONDS,
            matches: ({ txSerial }) => txSerial === serial,
          });
          for (let copies = 1; copies < this.#pile.quirks.recordCopies; copies += 1) {
            this.#pile.say(transactionRecord, values);
          }
          const { result } = await asked;
          this.confirmed(serial, result);
        } catch (error) {
          if (!callTimedOut.is(error)) return;
        }
      }
    } finally {
      this.#underWay.delete(serial);
    }
  }
}
