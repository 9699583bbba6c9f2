import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { gunOfSerial, NO_SERIAL, SerialMaker } from './serials.ts';

const PILE = '32010600019236';
const NOON = instant(Date.parse('2026-03-01T04:00:07.900Z'));

describe('serials of charges', () => {
  it('are pile, gun, wall time of the site and a counter', () => {
    const maker = new SerialMaker(PILE, 'Asia/Shanghai', () => 0.1234);
    assert.equal(maker.next('01', NOON), `${PILE}01${'260301120007'}1235`);
    assert.equal(maker.next('02', NOON), `${PILE}02${'260301120007'}1236`);
  });

  it('have 32 digits and count round', () => {
    const maker = new SerialMaker(PILE, 'Asia/Shanghai', () => 0.9999);
    const serial = maker.next('01', NOON);
    assert.match(serial, /^\d{32}$/);
    assert.ok(serial.endsWith('0000'));
    assert.ok(maker.next('01', NOON).endsWith('0001'));
  });

  it('begin to count anywhere, so that a restart within the second gives none again', () => {
    const starts = new Set(Array.from({ length: 50 }, () => new SerialMaker(PILE, 'UTC').next('01', NOON)));
    assert.ok(starts.size > 40);
  });

  it('tell the gun, when they are of this pile', () => {
    assert.equal(gunOfSerial(`${PILE}02${'260301120007'}1235`, PILE), '02');
    assert.equal(gunOfSerial(`${PILE}02${'260301120007'}1235`, '32010600019237'), undefined);
    assert.equal(gunOfSerial(NO_SERIAL, PILE), undefined);
    assert.equal(gunOfSerial('unnamed', PILE), undefined);
    assert.equal(gunOfSerial(`${PILE}a2${'260301120007'}1235`, PILE), undefined);
    assert.equal(gunOfSerial(PILE, PILE), undefined);
  });
});
