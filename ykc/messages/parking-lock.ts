import { bytes, GUN_HEAD, percent, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

export const parkingLockStatus = up(0x61, 'parking lock status', null, {
  ...GUN_HEAD,
  lock: bytes(1, { '00': 'moving or not in position', '55': 'raised', ff: 'lowered' }),
  space: bytes(1, { '00': 'empty', ff: 'vehicle present' }),
  battery: percent,
  alarm: bytes(1, { '00': 'none', ff: 'arm broken', '55': 'abnormal movement' }),
  rsv: bytes(4),
});

export const parkingLock = down(0x62, 'parking lock command', 0x63, {
  ...GUN_HEAD,
  cmd: bytes(1, { '55': 'raise', ff: 'lower' }),
  rsv: bytes(4),
});
export const parkingLockReply = up(0x63, 'parking lock reply', null, {
  ...GUN_HEAD,
  result: u8({ meanings: { 0: 'failed', 1: 'ok' } }),
  rsv: bytes(4),
});
