import type { CrcOrder } from '@voltpile/ykc/frames/crc16';
import { invalidOption } from '../station/errors.ts';
import type { SimulatedStationOptions } from '../station/station-options.ts';
import type { Concentrator } from './concentrator.ts';

/** Oddities that real piles have. All of them can be changed while the pile runs ({@link SimulatedPile.quirks}). */
export interface Quirks {
  /** Literal ports of the specification's C code turn the check round. */
  crcOrder: CrcOrder;
  /** How frames are counted; one maker does not count at all. */
  sequence: 'big-endian' | 'little-endian' | 'zero';
  /** Every so many frames one goes out with a wrong check, and is lost; 0: none. */
  badCheckEvery: number;
  /** Login is sent again so many seconds after it was accepted, over and over; 0: never. */
  repeatedLoginSeconds: number;
  /** The record leaves so long after the end of the charge. */
  recordDelaySeconds: number;
  /** How often each record is sent at once. */
  recordCopies: number;
  /** How often a record is repeated before the pile gives up until its next login. */
  recordRepeats: number;
  /** The energies of a bill are so many times what was delivered. */
  billFactor: number;
  /** Amounts are cut to whole cents. */
  truncatesAmounts: boolean;
  /** Percent that are added to the energy, in place of what the tariff model says. */
  lossPercent: number | undefined;
  /** The answer to a stop tells neither pile nor gun. */
  shortStopReply: boolean;
  /** The clock begins at 2000-01-01 with every power-on, until it is set. */
  clockUnset: boolean;
  /** Currents of the BMS count up while charging, where GB/T 27930 counts down. */
  positiveCurrents: boolean;
  /** Starts fail with this reason (0x4A…0x69); undefined: they do not. */
  startFailure: number | undefined;
  /** A lock by 0x52 ends charges; otherwise it waits for their end. */
  lockEndsCharges: boolean;
}

export function noQuirks(): Quirks {
  return {
    crcOrder: 'low-first',
    sequence: 'big-endian',
    badCheckEvery: 0,
    repeatedLoginSeconds: 0,
    recordDelaySeconds: 0,
    recordCopies: 1,
    recordRepeats: Number.POSITIVE_INFINITY,
    billFactor: 1,
    truncatesAmounts: false,
    lossPercent: undefined,
    shortStopReply: false,
    clockUnset: false,
    positiveCurrents: false,
    startFailure: undefined,
    lockEndsCharges: false,
  };
}

export type PileType = 'DC' | 'AC';

export interface PileOptions {
  /** DC when absent. */
  readonly type?: PileType | undefined;
  /** V1.6 when absent; V1.5 knows no parallel charging. */
  readonly protocolVersion?: 'V1.5' | 'V1.6' | undefined;
  /** Where its clock hangs: an IANA zone, or an offset like `+08:00` (the default). */
  readonly timeZone?: string | undefined;
  /** A lock on the parking space of each gun. */
  readonly hasParkingLock?: boolean | undefined;
  /** Room for cards that may start offline; 200 when absent. */
  readonly maxOfflineCards?: number | undefined;
  /** The line that it shares with other piles; without one it has its own. */
  readonly concentrator?: Concentrator | undefined;
  readonly quirks?: Partial<Quirks> | undefined;
}

/** @throws invalidOption that names what is wrong */
export function checkPileOptions({ identity, url, connectors = 1 }: SimulatedStationOptions): void {
  if (new URL(url).port === '') throw invalidOption({ option: 'url', reason: 'it must name a port' });
  if (!/^\d{14}$/.test(identity)) throw invalidOption({ option: 'identity', reason: 'a pile number has 14 digits' });
  if (connectors > 99) throw invalidOption({ option: 'connectors', reason: 'a pile has at most 99 guns' });
}
