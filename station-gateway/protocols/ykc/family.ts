import { START_BYTE } from '@voltpile/ykc/frames/frame';
import { login, loginReply } from '@voltpile/ykc/messages/login';
import { codeText } from '@voltpile/ykc/messages/message';
import type { PileFamily } from '../pile-family.ts';
import { COMMANDS } from './commands.ts';
import { loginProblem } from './pile/read-login.ts';
import { type YkcFrame, YkcStream } from './pile/stream.ts';
import { YkcPile } from './pile/ykc-pile.ts';
import { interpretFrame } from './raw-frames.ts';
import { DEFAULT_YKC_SETTINGS, type YkcSettings } from './settings.ts';
import { showFrame } from './show-frame.ts';

const REFUSED = 1;

/** 云快充 (YKC), V1.5 to V1.7. */
export function createYkcFamily(given: Partial<YkcSettings> = {}): PileFamily {
  const settings = { ...DEFAULT_YKC_SETTINGS, ...given };
  return {
    version: 'ykc',
    capabilities: [...COMMANDS.map(({ action }) => action), 'raw-call'],
    prefix: Buffer.of(START_BYTE),
    stream: () => new YkcStream(settings.crc),
    problemOf: (frame) => loginProblem(frame as YkcFrame),
    refuseLogin(frame, stream) {
      const values = { pileNo: frame.identity ?? '', result: REFUSED };
      if (frame.identity === null) return null;
      return {
        name: codeText(login.code),
        bytes: (stream as YkcStream).answer(frame as YkcFrame, loginReply, values),
      };
    },
    open: (link, frame, stream) => new YkcPile(link, frame as YkcFrame, stream as YkcStream, settings),
    show: showFrame,
    interpret: interpretFrame,
  };
}
