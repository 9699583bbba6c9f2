import assert from 'node:assert/strict';
import { bcd, crc16, cutFrame, frame, number, readWallTime, wallTime } from './pile-bytes.ts';

/** Against frames that others have published: the tests' own reading of the protocol must be right, too. */
describe('bytes of a hand-made pile', () => {
  it('check like published frames', () => {
    assert.equal(crc16(Buffer.from('000000025503141278230500', 'hex')), 0x4cda);
    const published = '68154600004020231212000010323239000000000000009d7b';
    const body = Buffer.concat([Buffer.from('20231212000010323239000000000000', 'hex'), number(0, 1)]);
    assert.equal(frame(0x40, body, { sequence: Buffer.from('4600', 'hex') }).toString('hex'), published);
    const cut = cutFrame(Buffer.from(`${published}68`, 'hex'));
    assert.deepEqual([cut?.frame.type, cut?.frame.sequence, cut?.frame.body], [0x40, Buffer.from('4600', 'hex'), body]);
    assert.equal(cut?.rest.toString('hex'), '68');
  });

  it('wait for the rest of a frame, and take nothing that is broken', () => {
    const whole = Buffer.from('6812010000562023121200001030750f11120c18047d', 'hex');
    for (let length = 0; length < whole.length; length++) assert.equal(cutFrame(whole.subarray(0, length)), undefined);
    const broken = Buffer.from(whole);
    broken.writeUInt8(0x31, 12);
    assert.throws(() => cutFrame(broken), /broken/);
    assert.throws(() => cutFrame(Buffer.from('aa', 'hex')), /no frame/);
  });

  it('tell wall time and numbers as the tables say', () => {
    const at = Date.UTC(2020, 2, 16, 9, 14, 47);
    // A Monday; the published example leaves the weekday out.
    assert.equal(wallTime(at, 480).toString('hex'), '98b70e11300314');
    assert.equal(readWallTime(Buffer.from('98b70e11100314', 'hex'), 480), at);
    assert.equal(number(2251, 2).toString('hex'), 'cb08');
    assert.equal(bcd('1', 1).toString('hex'), '01');
  });
});
