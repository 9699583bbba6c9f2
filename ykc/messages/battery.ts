import {
  ascii,
  bytes,
  CHARGE_HEAD,
  cellVoltage,
  cellVolts,
  celsius,
  minutes,
  offsetAmperes,
  percent,
  scaled,
  tenthKwh,
  u8,
  u16,
  u24,
  volts,
} from '../fields/notation.ts';
import { type MessageTable, up } from './message.ts';

/** What cars tell their chargers by GB/T 27930, handed on. Nothing answers these frames. */

/** BRM: once, when car and pile shake hands. */
export const bmsHandshake = up(0x15, 'BMS handshake (GB/T 27930 BRM and pile parameters)', null, {
  ...CHARGE_HEAD,
  bmsVer: bytes(3),
  battType: u8({
    meanings: {
      1: 'lead-acid',
      2: 'NiMH',
      3: 'LFP',
      4: 'LMO',
      5: 'LCO',
      6: 'ternary',
      7: 'polymer Li',
      8: 'LTO',
      255: 'other',
    },
  }),
  battCapacity: scaled(2, 1, 'Ah'),
  battVoltage: volts,
  battMaker: ascii(4),
  packNo: bytes(4),
  mfgYear: u8({ offset: 1985 }),
  mfgMonth: u8(),
  mfgDay: u8(),
  cycles: u24(),
  ownership: u8({ meanings: { 0: 'leased', 1: 'owned by the vehicle' } }),
  rsv: bytes(1),
  vin: ascii(17),
  bmsSw: bytes(8),
});

/** BCP: once, when the charge is configured. */
export const bmsParameters = up(0x17, 'BMS parameter configuration (BCP + pile limits)', null, {
  ...CHARGE_HEAD,
  cellVmax: cellVolts,
  iMax: offsetAmperes,
  nominalEnergy: tenthKwh,
  packVmax: volts,
  tMax: celsius,
  soc: scaled(2, 1, '%'),
  packV: volts,
  pileVmax: volts,
  pileVmin: volts,
  pileImax: offsetAmperes,
  pileImin: offsetAmperes,
});

/** BSD and CSD: once, at the end. */
export const chargingEnd = up(0x19, 'charging end (BSD + CSD)', null, {
  ...CHARGE_HEAD,
  soc: percent,
  cellVmin: cellVolts,
  cellVmax: cellVolts,
  tMin: celsius,
  tMax: celsius,
  chargedMin: minutes,
  energy: tenthKwh,
  chargerNo: scaled(4, 0, '', 1),
});

/** BEM and CEM: which of the other side's messages did not come. */
export const bmsErrors = up(0x1b, 'GB/T 27930 error report (BEM/CEM)', null, { ...CHARGE_HEAD, flags: bytes(8) });

const ABORT = { ...CHARGE_HEAD, reason: bytes(1), fault: bytes(2), error: bytes(1) } as const;
/** BST: the car ends the charge. */
export const bmsAbort = up(0x1d, 'BMS abort (BST)', null, ABORT);
/** CST: the pile ends the charge. */
export const chargerAbort = up(0x21, 'charger abort (CST)', null, ABORT);

/** BCL, BCS and CCS: every 15 s while charging. */
export const bmsDemand = up(0x23, 'BMS demand and charger output (BCL, BCS, CCS)', null, {
  ...CHARGE_HEAD,
  demandV: volts,
  demandI: offsetAmperes,
  mode: u8({ meanings: { 1: 'constant voltage', 2: 'constant current' } }),
  measV: volts,
  measI: offsetAmperes,
  cellMax: cellVoltage,
  soc: percent,
  remainMin: minutes,
  outV: volts,
  outI: offsetAmperes,
  chargedMin: minutes,
});

const BATTERY_STATE = {
  ...CHARGE_HEAD,
  cellMaxNo: u8({ offset: 1 }),
  tMax: celsius,
  tMaxPoint: u8({ offset: 1 }),
  tMin: celsius,
  tMinPoint: u8({ offset: 1 }),
} as const;
const BATTERY_STATE_PACKED = { ...BATTERY_STATE, flags1: bytes(1), flags2: bytes(1) } as const;
const BATTERY_STATE_WORDS = {
  ...BATTERY_STATE,
  cellVoltageFlag: u16(),
  socFlag: u16(),
  overCurrentFlag: u16(),
  overTemperatureFlag: u16(),
  insulationFlag: u16(),
  outputConnectorFlag: u16(),
  chargePermission: u16(),
  reservedFlag: u16(),
} as const;

/** BSM: every 15 s while charging. One maker writes each flag as a word of its own. */
export const bmsInformation: MessageTable<typeof BATTERY_STATE_PACKED, typeof BATTERY_STATE_WORDS> = {
  ...up(0x25, 'BMS information (BSM)', null, BATTERY_STATE_PACKED),
  variant: { bodyBytes: 45, fields: BATTERY_STATE_WORDS, seen: 'flags of 16 bits each' },
};
