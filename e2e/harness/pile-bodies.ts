import { ascii, bcd, number, rightAligned, wallTime } from './pile-bytes.ts';

/*
 * Bodies of the frames that a YKC pile sends, field by field from the protocol's tables. Energies of the meter count tenths of a watt-hour, as
 * on the wire.
 */

/** What 0x13 shows of one gun. */
export interface GunPicture {
  /** 32 digits; zeros when absent. */
  readonly serial?: string | undefined;
  readonly status: 'fault' | 'idle' | 'charging';
  readonly plugged: boolean;
  readonly voltageDeciVolt?: number | undefined;
  readonly currentDeciAmpere?: number | undefined;
  readonly soc?: number | undefined;
  readonly chargedMinutes?: number | undefined;
  /** Since the charge began. */
  readonly energyDeciWh?: number | undefined;
  /** Of 0.0001 yuan. */
  readonly amount?: number | undefined;
  /** Hardware faults, a bit each. */
  readonly faults?: number | undefined;
}

const STATUS = { fault: 1, idle: 2, charging: 3 } as const;

/** Body of 0x13. */
export function realtimeBody(pileNo: string, gun: number, picture: GunPicture): Buffer {
  const { status, plugged, energyDeciWh = 0 } = picture;
  return Buffer.concat([
    head(picture.serial ?? '', pileNo, gun),
    number(STATUS[status], 1),
    number(plugged ? 0 : 1, 1),
    number(plugged ? 1 : 0, 1),
    number(picture.voltageDeciVolt ?? 0, 2),
    number(picture.currentDeciAmpere ?? 0, 2),
    number(status === 'charging' ? 75 : 0, 1),
    Buffer.alloc(8),
    number(picture.soc ?? 0, 1),
    number(status === 'charging' ? 80 : 0, 1),
    number(picture.chargedMinutes ?? 0, 2),
    number(0, 2),
    number(energyDeciWh, 4),
    number(energyDeciWh, 4),
    number(picture.amount ?? 0, 4),
    number(picture.faults ?? 0, 2),
  ]);
}

/** Serial, pile and gun, with which the frames of a charge begin. */
export function head(serial: string, pileNo: string, gun: number): Buffer {
  return Buffer.concat([bcd(serial, 16), place(pileNo, gun)]);
}

export function place(pileNo: string, gun: number): Buffer {
  return Buffer.concat([bcd(pileNo, 7), bcd(`${gun}`, 1)]);
}

/** Body of 0x01. */
export function loginBody(pileNo: string, guns: number): Buffer {
  return Buffer.concat([
    bcd(pileNo, 7),
    // DC, V1.6
    number(0, 1),
    number(guns, 1),
    number(0x10, 1),
    ascii('V4.1.50', 8),
    number(1, 1),
    Buffer.from('89860486101870364260', 'hex'),
    number(0, 1),
  ]);
}

/** A card is shown. Body of 0x31. @param card hex digits */
export function cardBody(pileNo: string, gun: number, card: string): Buffer {
  return Buffer.concat([
    place(pileNo, gun),
    number(1, 1),
    number(0, 1),
    rightAligned(card, 8),
    Buffer.alloc(16),
    Buffer.alloc(17),
  ]);
}

export const STOPPED = { byApp: 0x40, byHand: 0x45, byEmergencyStop: 0x72, byPowerCut: 0x83 } as const;
export const STARTED = { byApp: 1, byCard: 2, byCardOffline: 4 } as const;

/** A charge that is over, as 0x3B tells it. */
export interface ChargeRecord {
  readonly serial: string;
  readonly gun: number;
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The meter's registers. */
  readonly meterStartDeciWh: number;
  readonly meterStopDeciWh: number;
  readonly startedBy: number;
  readonly stopReason: number;
  /** Hex digits; none when absent. */
  readonly card?: string | undefined;
}

/** A record of 1,234.5 Wh in a charge of less than a minute that ends now, with what a test wants to be different. */
export function recordEndingNow(serial: string, card: string, more: Partial<ChargeRecord> = {}): ChargeRecord {
  const endedAt = Date.now();
  return {
    serial,
    gun: 1,
    startedAt: endedAt - 50_000,
    endedAt,
    meterStartDeciWh: 20_000_000,
    meterStopDeciWh: 20_012_345,
    startedBy: STARTED.byCard,
    stopReason: STOPPED.byHand,
    card,
    ...more,
  };
}

/** Of 0.00001 yuan, electricity and service: the pile bills everything at the price of flat hours. */
const FLAT_PRICE = 123_400;

/** Body of 0x3B. */
export function recordBody(pileNo: string, record: ChargeRecord, offsetMinutes: number): Buffer {
  const energy = record.meterStopDeciWh - record.meterStartDeciWh;
  const amount = Math.round((energy * FLAT_PRICE) / 100_000);
  const period = (price: number, part: number, cost: number) =>
    Buffer.concat([number(price, 4), number(part, 4), number(part, 4), number(cost, 4)]);
  return Buffer.concat([
    head(record.serial, pileNo, record.gun),
    wallTime(record.startedAt, offsetMinutes),
    wallTime(record.endedAt, offsetMinutes),
    period(FLAT_PRICE * 2, 0, 0),
    period(FLAT_PRICE + 50_000, 0, 0),
    period(FLAT_PRICE, energy, amount),
    period(FLAT_PRICE - 50_000, 0, 0),
    number(record.meterStartDeciWh, 5),
    number(record.meterStopDeciWh, 5),
    number(energy, 4),
    number(energy, 4),
    number(amount, 4),
    Buffer.alloc(17),
    number(record.startedBy, 1),
    wallTime(record.endedAt, offsetMinutes),
    number(record.stopReason, 1),
    rightAligned(record.card ?? '', 8),
  ]);
}

/** A serial of 32 digits, as piles make it up while they have no connection. */
export function serialOf(pileNo: string, gun: number, at: number, counter: number, offsetMinutes: number): string {
  const wall = new Date(at + offsetMinutes * 60_000).toISOString();
  const time = wall.replace(/[-T:]/g, '').slice(2, 14);
  return `${pileNo}${String(gun).padStart(2, '0')}${time}${String(counter).padStart(4, '0')}`;
}
