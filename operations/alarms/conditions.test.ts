import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { ConnectorPicture, StationPicture } from '../live/picture.ts';
import { blankPicture } from '../live/testing/blank-picture.ts';
import { CATALOGUE, faultCode } from './catalogue.ts';
import { conditionsOf, type HeardAt } from './conditions.ts';

const NOW = instant(Date.parse('2026-05-01T12:00:00.000Z'));
const settings = { offlineSeconds: 10, stuckSeconds: 1800 };
const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

describe('what is wrong with a station', () => {
  const picture = (more: Partial<StationPicture>): StationPicture => ({ ...blankPicture(), isOnline: true, ...more });
  const told = (more: Partial<ConnectorPicture>): ConnectorPicture => ({
    status: 'Available',
    statusDetail: null,
    errorCode: null,
    vendorErrorCode: null,
    info: null,
    statusAt: ago(60),
    toldAt: ago(60),
    ...more,
  });
  const found = (of: StationPicture, heardAt: HeardAt = new Map(), now: Instant = NOW) =>
    conditionsOf(of, heardAt, now, settings).map(({ code, evseId, connectorId, dueMs }) => [
      code,
      evseId,
      connectorId,
      (dueMs - NOW) / 1000,
    ]);

  it('is nothing while all is well, or it is not let in', () => {
    assert.deepEqual(found(picture({ evses: { 1: { 1: told({}) } } })), []);
    assert.deepEqual(found(picture({ isOnline: false, disconnectedAt: ago(99), registrationStatus: 'Pending' })), []);
    assert.deepEqual(found(picture({ isOnline: false })), [], 'never seen');
  });

  it('is that it is lost, after a moment', () => {
    const lost = picture({ isOnline: false, disconnectedAt: ago(3) });
    assert.deepEqual(found(lost), [['station.offline', null, null, 7]]);
  });

  it('is that it comes and goes', () => {
    const connects = [7200, 3000, 2000, 1500, 1000, 500].map(ago);
    assert.deepEqual(found(picture({ connects })), []);
    assert.deepEqual(found(picture({ connects: [...connects, ago(5)] })), [['station.flapping', null, null, -5]]);
  });

  it('is what connectors, and the station as a whole, report', () => {
    const faulted = picture({
      whole: told({ status: 'Faulted', errorCode: 'InternalError' }),
      evses: {
        1: { 1: told({ status: 'Faulted', errorCode: 'GroundFailure' }), 2: told({ errorCode: 'NoError' }) },
        2: { 1: told({ errorCode: 'WeakSignal' }), 2: told({ status: 'Faulted', errorCode: 'Nonsense' }) },
        3: { 1: told({ status: 'Faulted' }) },
      },
    });
    assert.deepEqual(found(faulted), [
      ['fault.internal', null, null, -60],
      ['fault.ground-failure', 1, 1, -60],
      ['fault.weak-signal', 2, 1, -60],
      ['fault.other', 2, 2, -60],
      ['fault.other', 3, 1, -60],
    ]);
    // What was told before it was lost may still be so.
    const lost = { ...faulted, isOnline: false, disconnectedAt: ago(60) };
    assert.equal(found(lost).length, 6);
  });

  it('is that a connector stays occupied where nothing charges', () => {
    const occupied = picture({ evses: { 1: { 1: told({ status: 'Occupied', toldAt: ago(1000) }) } } });
    assert.deepEqual(found(occupied), [['connector.stuck', 1, 1, 800]]);
    const charge = (evseId: number | null) => ({ [uuidv7()]: { evseId, startedAt: ago(5), toldAt: ago(5) } });
    const stuck = (evseId: number | null) =>
      found({ ...occupied, charges: charge(evseId) }).filter(([code]) => code === 'connector.stuck').length;
    assert.deepEqual([stuck(1), stuck(null), stuck(2)], [0, 0, 1]);
    assert.deepEqual(found({ ...occupied, isOnline: false }), []);
  });

  it('is that a charge tells nothing', () => {
    const [one, two] = [uuidv7(), uuidv7()];
    const charging = picture({
      charges: {
        [one]: { evseId: 1, startedAt: ago(9000), toldAt: ago(9000) },
        [two]: { evseId: 2, startedAt: ago(9000), toldAt: ago(700) },
      },
    });
    assert.deepEqual(found(charging, new Map([[one, ago(30)]])), [
      ['charge.silent', 1, null, 570],
      ['charge.silent', 2, null, -100],
    ]);
  });

  it('is in the catalogue, in whatever case a station names it', () => {
    assert.equal(faultCode('groundfailure'), 'fault.ground-failure');
    assert.equal(faultCode('Emergency Stop'), 'fault.emergency-stop');
    assert.equal(faultCode('bit 14'), 'fault.other');
    for (const word of ['OverVoltage', 'no rectifier available', null]) assert.ok(CATALOGUE.has(faultCode(word)));
  });
});
