import { pileNo, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';

export const rebootReply = up(0x91, 'reboot reply', null, {
  pileNo,
  result: u8({ meanings: { 0: 'failed', 1: 'ok' } }),
});
export const reboot = down(0x92, 'reboot', 0x91, {
  pileNo,
  when: u8({ meanings: { 1: 'now', 2: 'when idle' } }),
});
