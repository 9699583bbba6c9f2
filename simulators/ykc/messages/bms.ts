import {
  bmsAbort,
  bmsDemand,
  bmsErrors,
  bmsHandshake,
  bmsInformation,
  bmsParameters,
  chargerAbort,
  chargingEnd,
} from '@voltpile/ykc/messages/battery';
import {
  bmsCurrent,
  chargedMinutes,
  electricOf,
  nominalEnergy,
  packCelsius,
  packVoltage,
  remainingMinutes,
} from '../battery.ts';
import type { Charge, Gun } from '../charge.ts';
import type { SimulatedPile } from '../pile.ts';
import { gunText } from '../serial.ts';
import type { StopCause } from '../stop-causes.ts';

/** What a DC pile hands on of its talk with the car (GB/T 27930). */

const CELLS = 100;
const RATED_VOLTAGE = 3_840;
const MAX_PACK_VOLTAGE = 4_500;
const HIGHEST_CELL_VOLTAGE = 430;
const PILE_VOLTAGES = { most: 7_500, least: 2_000 } as const;
const LITHIUM_IRON_PHOSPHATE = 3;
const HOTTEST_CELSIUS = 55;
const ALLOWED = '10';
const FINE = '00';

const headOf = (pile: SimulatedPile, gun: Gun, txSerial: string) => ({
  txSerial,
  pileNo: pile.identity,
  gun: gunText(gun.id),
});
const head = (pile: SimulatedPile, gun: Gun, charge: Charge) => headOf(pile, gun, charge.order.serial);

/** In 0.01 V; the cells are all alike. */
const cellVoltage = (gun: Gun) => Math.round((packVoltage(gun) * 10) / CELLS);

/** Car and pile have found each other: who the car is, and what it can take. */
export function tellHandshake(pile: SimulatedPile, gun: Gun, charge: Charge): void {
  const { vehicle } = gun;
  pile.say(bmsHandshake, {
    ...head(pile, gun, charge),
    bmsVer: '010100',
    battType: LITHIUM_IRON_PHOSPHATE,
    // 0.1 Ah of 0.1 kWh at 0.1 V
    battCapacity: Math.min(0xffff, Math.round((nominalEnergy(gun) * 10_000) / RATED_VOLTAGE)),
    battVoltage: RATED_VOLTAGE,
    battMaker: 'VOLT',
    packNo: '00000001',
    mfgYear: 2023,
    mfgMonth: 5,
    mfgDay: 17,
    cycles: 120,
    ownership: 1,
    rsv: '00',
    vin: charge.vin,
    bmsSw: '0100000000000000',
  });
  const most = Math.min(4_000, Math.round((pile.maxPowerW * 100) / RATED_VOLTAGE));
  const wanted = Math.min(4_000, Math.round(((vehicle?.maxPowerW ?? 0) * 100) / RATED_VOLTAGE));
  pile.say(bmsParameters, {
    ...head(pile, gun, charge),
    cellVmax: HIGHEST_CELL_VOLTAGE,
    iMax: bmsCurrent(pile, wanted),
    nominalEnergy: nominalEnergy(gun),
    packVmax: MAX_PACK_VOLTAGE,
    tMax: HOTTEST_CELSIUS,
    soc: Math.floor((vehicle?.socPercent ?? 0) * 10),
    packV: packVoltage(gun),
    pileVmax: PILE_VOLTAGES.most,
    pileVmin: PILE_VOLTAGES.least,
    pileImax: bmsCurrent(pile, most),
    pileImin: 0,
  });
}

/** What the car asks for and gets, and how its battery is. */
export function tellBattery(pile: SimulatedPile, gun: Gun, charge: Charge): void {
  const { voltage, current } = electricOf(pile, gun);
  const celsius = packCelsius(gun);
  const flowing = bmsCurrent(pile, current);
  pile.say(
    bmsDemand,
    {
      ...head(pile, gun, charge),
      demandV: MAX_PACK_VOLTAGE,
      demandI: flowing,
      mode: 2,
      measV: voltage,
      measI: flowing,
      cellMax: { voltage: cellVoltage(gun), group: 1 },
      soc: Math.floor(gun.vehicle?.socPercent ?? 0),
      remainMin: remainingMinutes(gun),
      outV: voltage,
      outI: flowing,
      chargedMin: chargedMinutes(pile, charge),
    },
    { isExpendable: true },
  );
  pile.say(
    bmsInformation,
    {
      ...head(pile, gun, charge),
      cellMaxNo: 1,
      tMax: celsius,
      tMaxPoint: 1,
      tMin: celsius - 2,
      tMinPoint: 4,
      flags1: FINE,
      flags2: ALLOWED,
    },
    { isExpendable: true },
  );
}

/** Reasons are fields of two bits: 01 says that it is so. */
const CHARGER_REASONS = { condition: '01', hand: '04', defect: '10' } as const;
const SOC_REACHED = '01';
/** Emergency stop, or something else, in the second byte. */
const CHARGER_FAULTS = { emergency: '0001', other: '0004' } as const;

/** The talk has broken off: the car's demand (BCL) did not come (seventh byte, second field). */
export function tellErrors(pile: SimulatedPile, gun: Gun, txSerial: string): void {
  pile.say(bmsErrors, { ...headOf(pile, gun, txSerial), flags: '0000000000000400' });
}

/** Who ended it and why, then how it ended. */
export function tellEnd(pile: SimulatedPile, gun: Gun, charge: Charge, cause: StopCause): void {
  const is = head(pile, gun, charge);
  if (gun.errorCode === 'EVCommunicationError') tellErrors(pile, gun, charge.order.serial);
  if (cause.by === 'car') {
    pile.say(bmsAbort, { ...is, reason: SOC_REACHED, fault: '0000', error: FINE });
  } else {
    const fault =
      cause.by !== 'defect' ? '0000' : cause.word === 'EmergencyStop' ? CHARGER_FAULTS.emergency : CHARGER_FAULTS.other;
    pile.say(chargerAbort, { ...is, reason: CHARGER_REASONS[cause.by], fault, error: FINE });
  }
  const celsius = packCelsius(gun);
  pile.say(chargingEnd, {
    ...is,
    soc: Math.floor(gun.vehicle?.socPercent ?? 0),
    cellVmin: cellVoltage(gun),
    cellVmax: cellVoltage(gun),
    tMin: celsius - 2,
    tMax: celsius,
    chargedMin: chargedMinutes(pile, charge),
    energy: Math.min(0xffff, Math.floor(charge.bill.totals().energy / 1_000)),
    chargerNo: gun.id,
  });
}
