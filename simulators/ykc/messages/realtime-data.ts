import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import type { Connector } from '../../station/connector.ts';
import { cableCelsius, chargedMinutes, electricOf, packCelsius, remainingMinutes } from '../battery.ts';
import type { Gun } from '../charge.ts';
import type { SimulatedPile } from '../pile.ts';
import { gunText, NO_SERIAL } from '../serial.ts';
import { faultBits } from '../stop-causes.ts';

/** How 0x13 calls the state of a gun. */
export type GunStatus = 1 | 2 | 3;
const NOT_AVAILABLE = -50;
/** AC outlets have no holster. */
const HOMED = { no: 0, yes: 1, unknown: 2 } as const;

export function gunStatusOf(pile: SimulatedPile, gun: Gun): GunStatus {
  if (gun.transaction !== undefined) return 3;
  return gun.isFaulted || (pile.connectors[0] as Connector).isFaulted ? 1 : 2;
}

/** What is told of a gun now: its charge brought up to now. */
export function realtimeValues(pile: SimulatedPile, gun: Gun): ValuesOf<typeof realtimeData.fields> {
  const { transaction: charge, vehicle } = gun;
  const whole = pile.connectors[0] as Connector;
  const idle = {
    txSerial: charge?.order.serial ?? NO_SERIAL,
    pileNo: pile.identity,
    gun: gunText(gun.id),
    status: gunStatusOf(pile, gun),
    homed: pile.type === 'AC' ? HOMED.unknown : vehicle === undefined ? HOMED.yes : HOMED.no,
    plugged: vehicle === undefined ? 0 : 1,
    voltage: 0,
    current: 0,
    cableTemp: NOT_AVAILABLE,
    cableCode: '0000000000000000',
    soc: 0,
    battTempMax: NOT_AVAILABLE,
    chargedMin: 0,
    remainMin: 0,
    energy: 0,
    lossEnergy: 0,
    amount: 0,
    faults: faultBits(gun.errorCode, whole.isFaulted),
  };
  if (charge === undefined) return idle;
  const { energy, lossEnergy, amount } = pile.charges.countedBill(gun, charge);
  const { voltage, current } = electricOf(pile, gun);
  const isDc = pile.type === 'DC';
  return {
    ...idle,
    voltage,
    current,
    cableTemp: cableCelsius(gun),
    soc: isDc ? Math.floor(vehicle?.socPercent ?? 0) : 0,
    battTempMax: isDc ? packCelsius(gun) : NOT_AVAILABLE,
    chargedMin: chargedMinutes(pile, charge),
    remainMin: isDc ? remainingMinutes(gun) : 0,
    energy,
    lossEnergy,
    amount,
  };
}
