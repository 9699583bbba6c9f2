import assert from 'node:assert/strict';
import fc from 'fast-check';
import { crc16 } from './crc16.ts';
import { encodeFrame, type Frame, MAX_FRAME_BYTES } from './frame.ts';
import { type Cut, FrameReader } from './frame-reader.ts';

const frameOf = (body: string, sequence = '0001'): Frame => ({
  sequence,
  encryption: 0,
  type: 0x03,
  body: Buffer.from(body, 'hex'),
});
const HEARTBEAT = encodeFrame(frameOf('320106000192360100'));
const arbitraryFrame = fc
  .tuple(fc.uint8Array({ maxLength: 251 }), fc.nat(0xffff), fc.nat(255), fc.boolean())
  .map(([body, sequence, type, isHigh]) =>
    encodeFrame(
      { sequence: sequence.toString(16).padStart(4, '0'), encryption: 0, type, body: Buffer.from(body) },
      isHigh ? 'high-first' : 'low-first',
    ),
  );

const framesIn = (cuts: Iterable<Cut>): string[] =>
  [...cuts].filter(({ kind }) => kind === 'frame').map(({ bytes }) => bytes.toString('hex'));

describe('the check', () => {
  it('is CRC-16/MODBUS from sequence to body', () => {
    assert.equal(crc16(Buffer.from('000000025503141278230500', 'hex')), 0x4cda);
    assert.equal(crc16(Buffer.from('123456789', 'ascii')), 0x4b37);
  });
});

describe('cutting a stream into frames', () => {
  it('however the bytes come', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryFrame, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 300 })),
        (frames, sizes) => {
          const stream = Buffer.concat(frames);
          const reader = new FrameReader();
          const found: string[] = [];
          let at = 0;
          for (const size of [...sizes, stream.length]) {
            found.push(...framesIn(reader.push(stream.subarray(at, at + size))));
            at += size;
            assert.ok(reader.pendingBytes < MAX_FRAME_BYTES);
          }
          assert.deepEqual(
            found,
            frames.map((frame) => frame.toString('hex')),
          );
          assert.equal(reader.pendingBytes, 0);
          assert.equal(reader.garbageBytes, 0);
        },
      ),
    );
  });

  it('takes the check in both orders and remembers the last', () => {
    const reader = new FrameReader();
    assert.equal(reader.crcOrder, 'low-first');
    assert.equal(framesIn(reader.push(encodeFrame(frameOf('320106000192360100'), 'high-first'))).length, 1);
    assert.equal(reader.crcOrder, 'high-first');
    assert.equal(framesIn(reader.push(HEARTBEAT)).length, 1);
    assert.equal(reader.crcOrder, 'low-first');
  });

  it('finds every whole frame among garbage', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(arbitraryFrame, fc.uint8Array({ maxLength: 30 }).map(Buffer.from)), { maxLength: 10 }),
        (parts) => {
          const reader = new FrameReader();
          // Enough zeros push out whatever looks like the beginning of a long frame.
          const stream = Buffer.concat([...parts, HEARTBEAT, Buffer.alloc(MAX_FRAME_BYTES)]);
          const found = framesIn(reader.push(stream));
          assert.ok(found.includes(HEARTBEAT.toString('hex')));
        },
      ),
    );
  });

  it('a wrong check costs that frame, is told once, and is counted until a good one comes', () => {
    const bad = Buffer.from(HEARTBEAT);
    bad[8] = 0x77;
    const reader = new FrameReader();
    const cuts = [...reader.push(Buffer.concat([bad, bad]))];
    assert.deepEqual(
      cuts.map(({ kind, bytes }) => [kind, bytes.toString('hex')]),
      [
        ['bad-check', bad.toString('hex')],
        ['bad-check', bad.toString('hex')],
      ],
    );
    assert.equal(reader.badInARow, 2);
    assert.equal(reader.garbageBytes, 2 * bad.length);
    assert.equal(framesIn(reader.push(HEARTBEAT)).length, 1);
    assert.equal(reader.badInARow, 0);
    assert.equal(reader.garbageBytes, 0);
  });

  it('a frame inside one with a wrong check is not lost', () => {
    const outer = encodeFrame(frameOf(HEARTBEAT.toString('hex')));
    outer[outer.length - 1] = (outer[outer.length - 1] as number) ^ 0xff;
    const reader = new FrameReader();
    assert.deepEqual(framesIn(reader.push(outer)), [HEARTBEAT.toString('hex')]);
  });

  it('lengths below 4 are no frames', () => {
    const reader = new FrameReader();
    assert.deepEqual([...reader.push(Buffer.from('680068016802680300', 'hex'))], []);
    assert.equal(reader.garbageBytes, 9);
    assert.equal(framesIn(reader.push(HEARTBEAT)).length, 1);
  });

  it('keeps nothing of the chunk that it was given', () => {
    const reader = new FrameReader();
    const chunk = Buffer.from(HEARTBEAT.subarray(0, 10));
    assert.deepEqual([...reader.push(chunk)], []);
    chunk.fill(0);
    assert.equal(framesIn(reader.push(HEARTBEAT.subarray(10))).length, 1);
  });
});
