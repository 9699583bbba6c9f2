import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isVariable, minBytesOf } from '../fields/field-types.ts';
import { bodyTooShort } from '../fields/read-fields.ts';
import { badValue } from '../fields/write-fields.ts';
import { encodeFrame } from '../frames/frame.ts';
import { FrameReader } from '../frames/frame-reader.ts';
import { arbitraryValues } from '../testing/arbitrary-values.ts';
import { publishedFrames } from '../testing/mutated-frames.ts';
import { bmsInformation } from './battery.ts';
import { decodeBody, encodeBody } from './body.ts';
import { heartbeat } from './heartbeat.ts';
import { codeText, type MessageTable } from './message.ts';
import { cardsSync } from './offline-cards.ts';
import { remoteStopReply } from './stop.ts';
import { MESSAGES, messageOf } from './table.ts';

/** Length bytes by type, as the specification's overview prints them (0x39: from its field list). */
const LENGTH_BYTES: Readonly<Record<number, number>> = {
  1: 0x22,
  2: 0x0c,
  3: 0x0d,
  4: 0x0d,
  5: 0x0d,
  6: 0x0e,
  9: 0x0b,
  10: 0x5e,
  18: 0x0c,
  19: 0x40,
  21: 0x4d,
  23: 0x31,
  25: 0x2b,
  27: 0x24,
  29: 0x20,
  33: 0x20,
  35: 0x30,
  37: 0x23,
  49: 0x37,
  50: 0x2a,
  51: 0x1e,
  52: 0x30,
  53: 0x0e,
  54: 0x0c,
  57: 0xa0,
  59: 0xa2,
  61: 0xcd,
  64: 0x15,
  65: 0x14,
  66: 0x18,
  67: 0x0d,
  81: 0x0c,
  82: 0x0d,
  85: 0x12,
  86: 0x12,
  87: 0x0c,
  88: 0x5e,
  97: 0x14,
  98: 0x11,
  99: 0x11,
  145: 0x0c,
  146: 0x0c,
  147: 0x0c,
  148: 0x62,
  161: 0x3e,
  162: 0x30,
  163: 0x25,
  164: 0x36,
  241: 0x0c,
};

describe('the tables of messages', () => {
  it('hold every type once, pile to platform odd and platform to pile even', () => {
    assert.equal(new Set(MESSAGES.map(({ code }) => code)).size, MESSAGES.length);
    for (const { code, direction } of MESSAGES) {
      // 0xF0 and 0xF1 came later, and keep to it as well.
      assert.equal(direction, code % 2 === 1 ? 'up' : 'down', codeText(code));
    }
  });

  it('are as long as the specification says', () => {
    for (const message of MESSAGES) {
      const fields = Object.values(message.fields);
      if (fields.some(isVariable)) assert.equal(LENGTH_BYTES[message.code], undefined, codeText(message.code));
      else {
        const bytes = fields.reduce((sum, field) => sum + minBytesOf(field), 0);
        assert.equal(bytes + 4, LENGTH_BYTES[message.code], codeText(message.code));
      }
    }
  });

  it('name answers that exist, in the other direction', () => {
    for (const message of MESSAGES) {
      if (message.reply === null) continue;
      assert.notEqual(messageOf(message.reply)?.direction, message.direction, codeText(message.code));
      assert.notEqual(messageOf(message.reply), undefined);
    }
  });
});

describe('bodies', () => {
  for (const message of MESSAGES as readonly MessageTable[]) {
    it(`${codeText(message.code)} ${message.name}: what is written is read again`, () => {
      fc.assert(
        fc.property(arbitraryValues(message.fields), (values) => {
          const body = encodeBody(message, values);
          const { values: read, surplusBytes } = decodeBody(message, body);
          assert.deepEqual(read, values);
          assert.equal(surplusBytes, 0);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('published frames are written again byte for byte', () => {
    let count = 0;
    for (const { hex, crcOk, structOk } of publishedFrames()) {
      if (!crcOk || !structOk) continue;
      const reader = new FrameReader();
      const [cut] = [...reader.push(Buffer.from(hex, 'hex'))];
      assert.equal(cut?.kind, 'frame');
      const { frame } = cut as Extract<typeof cut, { kind: 'frame' }>;
      const message = messageOf(frame.type);
      assert.ok(message !== undefined);
      const body = encodeBody(message, decodeBody(message, frame.body).values);
      assert.equal(encodeFrame({ ...frame, body }, reader.crcOrder).toString('hex'), hex);
      count += 1;
    }
    assert.ok(count >= 40, `${count} frames`);
  });

  it('what makers append is left alone', () => {
    const body = Buffer.concat([
      encodeBody(heartbeat, { pileNo: '32010600019236', gun: '01', gunState: 0 }),
      Buffer.of(7, 7),
    ]);
    const { values, surplusBytes } = decodeBody(heartbeat, body);
    assert.deepEqual(values, { pileNo: '32010600019236', gun: '01', gunState: 0 });
    assert.equal(surplusBytes, 2);
  });

  it('a body that is too short is an error that names the field', () => {
    assert.throws(
      () => decodeBody(heartbeat, Buffer.alloc(8)),
      (error) => bodyTooShort.is(error) && error.details.field === 'gunState',
    );
  });

  it('a stop reply without pile and gun is read by its length', () => {
    const { values, variant } = decodeBody(remoteStopReply, Buffer.of(1, 0));
    assert.deepEqual(values, { result: 1, failReason: 0 });
    assert.equal(variant, 'without pile and gun');
  });

  it('battery flags of 16 bits each are read by their length', () => {
    const frame = publishedFrames().find(({ type }) => type === '0x25');
    const body = Buffer.from(frame?.hex as string, 'hex').subarray(6, -2);
    const { values } = decodeBody(bmsInformation, body);
    assert.ok('chargePermission' in values);
    assert.equal(values.chargePermission, 1);
    assert.equal(values.tMax, -49);
  });

  it('values that do not fit their field are refused by name', () => {
    const good = { pileNo: '32010600019236', gun: '01', gunState: 0 };
    for (const bad of [
      { gunState: 256 },
      { gunState: -1 },
      { gunState: 0.5 },
      { gun: '1' },
      { gun: '0g' },
      { pileNo: '3201' },
    ]) {
      const [field] = Object.keys(bad);
      assert.throws(
        () => encodeBody(heartbeat, { ...good, ...bad }),
        (error) => badValue.is(error) && error.details.field === field,
      );
    }
    const many = Array.from({ length: 16 }, () => '00'.repeat(16));
    assert.throws(() => encodeBody(cardsSync, { pileNo: '32010600019236', cards: many }), badValue.is);
  });
});
