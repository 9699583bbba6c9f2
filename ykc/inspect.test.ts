import assert from 'node:assert/strict';
import { encodeFrame } from './frames/frame.ts';
import { encryptedFrame, inspectFrame, notAFrame, unknownType } from './inspect.ts';
import { encodeBody } from './messages/body.ts';
import { realtimeData } from './messages/realtime-data.ts';
import { publishedFrames } from './testing/mutated-frames.ts';

describe('a frame for people', () => {
  for (const { hex, type, seqBytes, crcOk, lenOk, structOk, decoded, origin } of publishedFrames()) {
    it(`${type} of ${origin}: ${hex.slice(0, 24)}…`, () => {
      const shown = inspectFrame(Buffer.from(hex, 'hex'));
      assert.deepEqual(
        { ...shown, name: undefined, crcOrder: undefined, warnings: undefined },
        {
          protocol: 'ykc',
          type,
          name: undefined,
          seqBytes,
          encrypt: 0,
          crcOk,
          crcOrder: undefined,
          lenOk,
          structOk,
          decoded,
          warnings: undefined,
        },
      );
      assert.equal(shown.crcOrder === null, !crcOk);
      assert.equal(shown.warnings.length === 0, crcOk && lenOk && structOk, 'what is wrong is said');
    });
  }

  it('says which of its faults are set, by bit', () => {
    const values = {
      txSerial: '0'.repeat(32),
      pileNo: '32010600019236',
      gun: '01',
      status: 1,
      homed: 2,
      plugged: 0,
      voltage: 0,
      current: 0,
      cableTemp: -50,
      cableCode: '0'.repeat(16),
      soc: 0,
      battTempMax: -50,
      chargedMin: 0,
      remainMin: 0,
      energy: 0,
      lossEnergy: 0,
      amount: 0,
      faults: 0x1001,
    };
    const body = encodeBody(realtimeData, values);
    const frame = encodeFrame({ sequence: '0000', encryption: 0, type: realtimeData.code, body });
    assert.deepEqual(inspectFrame(frame).decoded.faults, [1, 13]);
  });

  it('refuses what is no frame, or of no known type, or encrypted', () => {
    assert.throws(() => inspectFrame(Buffer.from('', 'hex')), notAFrame.is);
    assert.throws(() => inspectFrame(Buffer.from('6804', 'hex')), notAFrame.is);
    assert.throws(() => inspectFrame(Buffer.from('aaf5090010000069', 'hex')), notAFrame.is);
    assert.throws(() => inspectFrame(Buffer.from('680400000077aabb', 'hex')), unknownType.is);
    assert.throws(() => inspectFrame(Buffer.from('680400000103aabb', 'hex')), encryptedFrame.is);
  });

  it('shows what there is of a frame that was cut off', () => {
    const shown = inspectFrame(Buffer.from('680c000100913201020000', 'hex'));
    assert.deepEqual(shown.decoded, {});
    assert.equal(shown.structOk, false);
    assert.equal(shown.lenOk, false);
  });
});
