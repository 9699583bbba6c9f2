import { bcd, u8 } from '../fields/notation.ts';
import { down, up } from './message.ts';
import { REMOTE_START, REMOTE_START_REPLY, START_CONFIRMATION, START_REQUEST } from './start.ts';

/** Two guns of one pile feed one car (V1.6). Each gun has a serial of its own; the group number ties them together. */

const mainAux = u8({ meanings: { 0: 'main gun', 1: 'auxiliary gun' } });
/** yyMMddHHmmss of the first gun. */
const parallelNo = bcd(6);

export const parallelStartRequest = up(0xa1, 'parallel charging request (V1.6)', 0xa2, {
  ...START_REQUEST,
  mainAux,
  parallelNo,
});
export const parallelStartConfirmation = down(0xa2, 'parallel charging confirmation (V1.6)', null, {
  ...START_CONFIRMATION,
  parallelNo,
});
export const parallelRemoteStartReply = up(0xa3, 'parallel remote start reply (V1.6)', null, {
  ...REMOTE_START_REPLY,
  mainAux,
  parallelNo,
});
export const parallelRemoteStart = down(0xa4, 'parallel remote start (V1.6)', 0xa3, { ...REMOTE_START, parallelNo });
