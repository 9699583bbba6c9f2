import { GUN_HEAD, u8 } from '../fields/notation.ts';
import { STOP_FAILURES } from '../tables/start-failures.ts';
import { down, type MessageTable, up } from './message.ts';

const RESULT = {
  result: u8({ meanings: { 0: 'failed', 1: 'ok' } }),
  failReason: u8({ meanings: STOP_FAILURES }),
} as const;
const REMOTE_STOP_REPLY = { ...GUN_HEAD, ...RESULT } as const;

/** One maker leaves out which pile and gun it speaks of. */
export const remoteStopReply: MessageTable<typeof REMOTE_STOP_REPLY, typeof RESULT> = {
  ...up(0x35, 'remote stop reply', null, REMOTE_STOP_REPLY),
  variant: { bodyBytes: 2, fields: RESULT, seen: 'without pile and gun' },
};

export const remoteStop = down(0x36, 'remote stop', 0x35, GUN_HEAD);
