import type { Instant } from '@voltpile/kernel/clock';
import { wallMsOf } from './wall-time.ts';

const COUNTER_LIMIT = 10_000;
export const NO_SERIAL = '0'.repeat(32);

/**
 * Makes serials of charges: number of the pile (14 digits), gun (2), wall time (yyMMddHHmmss) and a counter (4). The counter begins anywhere, so
 * that a restart within a second gives no serial a second time.
 */
export class SerialMaker {
  readonly #pileNo: string;
  readonly #timeZone: string;
  #counter: number;

  constructor(pileNo: string, timeZone: string, random: () => number = Math.random) {
    this.#pileNo = pileNo;
    this.#timeZone = timeZone;
    this.#counter = Math.floor(random() * COUNTER_LIMIT);
  }

  next(gun: string, now: Instant): string {
    const time = new Date(wallMsOf(now, this.#timeZone)).toISOString().slice(2, 19).replace(/\D/g, '');
    this.#counter = (this.#counter + 1) % COUNTER_LIMIT;
    return `${this.#pileNo}${gun}${time}${String(this.#counter).padStart(4, '0')}`;
  }
}

/** The gun that a serial of ours, or one made by the same rule, belongs to; undefined when it is made by another rule, or for another pile. */
export function gunOfSerial(serial: string, pileNo: string): string | undefined {
  const gun = serial.slice(14, 16);
  return serial.startsWith(pileNo) && /^\d\d$/.test(gun) ? gun : undefined;
}
