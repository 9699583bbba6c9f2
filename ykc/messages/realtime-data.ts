import {
  amperes,
  bits,
  bytes,
  CHARGE_HEAD,
  celsius,
  GUN_HEAD,
  minutes,
  percent,
  tenThousandthKwh,
  tenThousandthYuan,
  u8,
  volts,
} from '../fields/notation.ts';
import { HARDWARE_FAULTS } from '../tables/hardware-faults.ts';
import { down, up } from './message.ts';

export const readRealtimeData = down(0x12, 'read realtime data', 0x13, GUN_HEAD);

/** Idle every 5 minutes, charging every 15 s, on every change of state, and when asked for. Nothing answers it. */
export const realtimeData = up(0x13, 'realtime data', null, {
  ...CHARGE_HEAD,
  status: u8({ meanings: { 0: 'offline', 1: 'fault', 2: 'idle', 3: 'charging' } }),
  homed: u8({ meanings: { 0: 'no', 1: 'yes', 2: 'unknown' } }),
  plugged: u8({ meanings: { 0: 'no', 1: 'yes' } }),
  voltage: volts,
  /** Without the offset that other currents have. */
  current: amperes,
  /** -50 (0 on the wire): not available. */
  cableTemp: celsius,
  cableCode: bytes(8),
  soc: percent,
  /** -50 (0 on the wire): not available. */
  battTempMax: celsius,
  chargedMin: minutes,
  remainMin: minutes,
  energy: tenThousandthKwh,
  /** With the loss of the line; 0 in some piles: not to be billed from then. */
  lossEnergy: tenThousandthKwh,
  /** Electricity and service so far. */
  amount: tenThousandthYuan,
  faults: bits(2, HARDWARE_FAULTS),
});
