import { ascii, pileNo, scaled, u8, u16 } from '../fields/notation.ts';
import { down, up } from './message.ts';

/** After the attempt: minutes later, after a new login. */
export const firmwareUpdateReply = up(0x93, 'firmware update reply', null, {
  pileNo,
  status: u8({ meanings: { 0: 'ok', 1: 'number error', 2: 'model mismatch', 3: 'download timeout' } }),
});

/** The pile fetches a file by FTP. User and password travel in clear. */
export const firmwareUpdate = down(0x94, 'firmware update', 0x93, {
  pileNo,
  model: u8({ meanings: { 1: 'DC', 2: 'AC' } }),
  power: scaled(2, 0, 'kW'),
  host: ascii(16),
  port: u16(),
  user: ascii(16),
  pwd: ascii(16),
  path: ascii(32),
  when: u8({ meanings: { 1: 'now', 2: 'when idle' } }),
  timeoutMin: scaled(1, 0, 'min'),
});
