import assert from 'node:assert/strict';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { foldEvent } from './fold-event.ts';
import { evseState, type StationPicture, stationState, tallyOf } from './picture.ts';
import { blankPicture } from './testing/blank-picture.ts';

const ID = uuidv7();
const AT = '2026-05-01T12:00:00.000Z';

describe('the picture of a station', () => {
  let number = 0;
  const event = (type: DomainEventType, data: object): DomainEvent => ({
    id: String(++number),
    type,
    recordedAt: instant(Date.parse(AT)),
    organizationId: ID,
    siteId: ID,
    stationId: 'CP-1',
    data: data as Record<string, unknown>,
  });
  const after = (from: StationPicture, ...told: readonly [DomainEventType, object][]): StationPicture =>
    told.reduce((picture, [type, data]) => foldEvent(picture, event(type, data)), from);
  const online = after(blankPicture(), ['station.connected', { epoch: 1, protocol: 'ocpp1.6', connectedAt: AT }]);
  const status = (evseId: number, word: string, more: object = {}): [DomainEventType, object] => [
    'connector.status-changed',
    { evseId, connectorId: evseId === 0 ? 0 : 1, status: word, statusAt: AT, current: true, ...more },
  ];
  const started = (transactionId: string, more: object = {}): [DomainEventType, object] => [
    'transaction.started',
    { transactionId, evseId: 1, startedAt: AT, meterStartWh: 1000, ...more },
  ];

  it('is offline when the connection that counts is lost, whatever else was told', () => {
    const charging = after(online, status(1, 'Occupied'), started(ID));
    assert.equal(stationState(charging), 'charging');
    const newer = after(charging, ['station.connected', { epoch: 2, connectedAt: AT }]);
    assert.equal(stationState(after(newer, ['station.disconnected', { epoch: 1, reason: 'timeout' }])), 'charging');
    const lost = after(newer, ['station.disconnected', { epoch: 2, reason: 'timeout', disconnectedAt: AT }]);
    assert.equal(stationState(lost), 'offline');
    assert.equal(evseState(lost, 1), 'offline');
    assert.equal(lost.disconnectReason, 'timeout');
    assert.equal(stationState(after(lost, ['station.connected', { epoch: 1 }])), 'offline');
  });

  it('says what matters most of its EVSEs', () => {
    const four = after(
      online,
      status(1, 'Available'),
      status(2, 'Unavailable'),
      status(3, 'Reserved'),
      status(4, 'Occupied'),
    );
    assert.equal(stationState(four), 'occupied');
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((evseId) => evseState(four, evseId)),
      ['available', 'unavailable', 'reserved', 'occupied', 'unknown'],
    );
    assert.equal(stationState(after(four, status(2, 'Faulted', { errorCode: 'GroundFailure' }))), 'faulted');
    assert.deepEqual(tallyOf(after(four, started(ID, { evseId: 4 }))), {
      offline: 0,
      faulted: 0,
      charging: 1,
      occupied: 0,
      reserved: 1,
      available: 1,
      unavailable: 1,
      unknown: 0,
    });
    assert.equal(stationState(after(blankPicture(), ['station.connected', { epoch: 1 }])), 'unknown');
  });

  it('follows what the station says of itself as a whole', () => {
    const free = after(online, status(1, 'Available'), status(2, 'Occupied'));
    const closed = after(free, status(0, 'Unavailable'));
    assert.deepEqual([evseState(closed, 1), evseState(closed, 2)], ['unavailable', 'occupied']);
    assert.equal(stationState(after(free, status(0, 'Faulted'))), 'faulted');
    assert.equal(stationState(after(free, status(0, 'Available'))), 'occupied');
    assert.equal(stationState(after(online, status(0, 'Available'))), 'available');
  });

  it('leaves out what is over, and what it cannot read', () => {
    const free = after(online, status(1, 'Available'));
    for (const told of [
      status(1, 'Faulted', { current: false }),
      status(1, 'Broken'),
      ['connector.status-changed', { status: 'Faulted' }],
      ['transaction.started', { transactionId: 7 }],
      ['transaction.metered', { transactionId: ID, timestamp: AT, powerW: 5 }],
      ['transaction.updated', { transactionId: ID, evseId: 1 }],
      ['station.updated', { registrationStatus: 'Perhaps' }],
      ['id-token.authorized', { idToken: 'x' }],
    ] as [DomainEventType, object][]) {
      assert.deepEqual(after(free, told), free, JSON.stringify(told));
    }
  });

  it('learns late at which EVSE it is', () => {
    const nowhere = after(online, started(ID, { evseId: null }));
    assert.equal(stationState(nowhere), 'charging');
    const known = after(nowhere, ['transaction.updated', { transactionId: ID, evseId: 2, status: 'active' }]);
    assert.equal(evseState(known, 2), 'charging');
    const ended = after(known, ['transaction.ended', { transactionId: ID }]);
    assert.deepEqual(ended.charges, {});
    assert.equal(after(ended, ['transaction.ended', { transactionId: ID }]), ended);
  });

  it('stays small, whatever is told', () => {
    let picture = online;
    for (let index = 1; index <= 700; index++) {
      picture = after(picture, status(index, 'Available'), started(uuidv7(), { evseId: null }), [
        'station.connected',
        { epoch: index + 1, connectedAt: AT },
      ]);
    }
    assert.equal(Object.keys(picture.evses).length, 500);
    assert.equal(Object.keys(picture.charges).length, 500);
    assert.equal(picture.connects.length, 50);
  });
});
