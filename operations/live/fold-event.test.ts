import assert from 'node:assert/strict';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { foldEvent, LIVE_EVENTS } from './fold-event.ts';
import { evseState, powerOf, type StationPicture, silentSince, stationState, tallyOf } from './picture.ts';
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
    assert.equal(powerOf(lost), null);
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

  it('has the newest of what a charge told', () => {
    const metered = (timestamp: string, more: object): [DomainEventType, object] => [
      'transaction.metered',
      { transactionId: ID, evseId: 1, timestamp, ...more },
    ];
    const charging = after(
      online,
      started(ID),
      metered('2026-05-01T12:01:00.000Z', { meterWh: 1500.5, powerW: 11_000, socPercent: 40 }),
      metered('2026-05-01T12:02:00.000Z', { meterWh: 1700, powerW: null, socPercent: null }),
      // Told late.
      metered('2026-05-01T12:00:30.000Z', { meterWh: 1100, powerW: 3 }),
      ['transaction.cost-changed', { transactionId: ID, cost: { amount: '0.35', currency: 'EUR' }, isFinal: false }],
      ['transaction.updated', { transactionId: ID, status: 'active', chargingState: 'SuspendedEV' }],
    );
    assert.deepEqual(charging.charges[ID], {
      evseId: 1,
      startedAt: AT,
      chargingState: 'SuspendedEV',
      meterStartWh: 1000,
      energyWh: 700,
      powerW: 11_000,
      socPercent: 40,
      meteredAt: '2026-05-01T12:02:00.000Z',
      cost: { amount: '0.35', currency: 'EUR' },
    });
    assert.equal(silentSince(charging), '2026-05-01T12:02:00.000Z');
    const own = after(charging, metered('2026-05-01T12:03:00.000Z', { meterWh: null, energyWh: 900 }));
    assert.equal(own.charges[ID]?.energyWh, 900);
    const ended = after(own, ['transaction.ended', { transactionId: ID }]);
    assert.deepEqual(ended.charges, {});
    assert.deepEqual(after(ended, ['transaction.ended', { transactionId: ID }]), ended);
  });

  it('learns late at which EVSE it is', () => {
    const nowhere = after(online, started(ID, { evseId: null }));
    assert.equal(stationState(nowhere), 'charging');
    const known = after(nowhere, ['transaction.updated', { transactionId: ID, evseId: 2, status: 'active' }]);
    assert.equal(evseState(known, 2), 'charging');
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

  it('is changed by events that there are', () => {
    assert.ok(LIVE_EVENTS.includes('transaction.metered'));
    assert.ok(!LIVE_EVENTS.includes('command.finished'));
  });
});
