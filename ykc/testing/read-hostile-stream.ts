import assert from 'node:assert/strict';
import { VoltpileError } from '@voltpile/kernel/errors';
import { encodeFrame, MAX_FRAME_BYTES } from '../frames/frame.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { inspectFrame } from '../inspect.ts';
import { decodeBody } from '../messages/body.ts';
import { messageOf } from '../messages/table.ts';
import { mutate, publishedFrames, randomOf } from './mutated-frames.ts';

/**
 * Sends frames with something wrong through the reader, the tables and the display.
 *
 * @returns how many frames came out whole
 */
export function readHostileStream(count: number, seed: number): number {
  const random = randomOf(seed);
  const good = publishedFrames().map(({ hex }) => Buffer.from(hex, 'hex'));
  const reader = new FrameReader();
  let whole = 0;
  for (let sent = 0; sent < count; sent++) {
    const bytes = mutate(good[random(good.length)] as Buffer, random);
    // Half of them with a check that fits, so that the tables get to see them, too.
    const isMended = bytes.length >= 8 && bytes.length <= MAX_FRAME_BYTES && random(2) === 0;
    const chunk = isMended
      ? encodeFrame({ sequence: '0001', encryption: 0, type: bytes[5] as number, body: bytes.subarray(6, -2) })
      : bytes;
    withOwnErrors(() => inspectFrame(chunk));
    for (const cut of reader.push(chunk)) {
      if (cut.kind !== 'frame') continue;
      whole += 1;
      const message = messageOf(cut.frame.type);
      if (message !== undefined) withOwnErrors(() => decodeBody(message, cut.frame.body));
    }
    assert.ok(reader.pendingBytes < MAX_FRAME_BYTES, 'less than a frame is held');
  }
  return whole;
}

function withOwnErrors(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof VoltpileError && error.code.startsWith('ykc.'), String(error));
  }
}
