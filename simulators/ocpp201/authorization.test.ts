import assert from 'node:assert/strict';
import { Stage } from '../testing/stage.ts';

const token = (idToken: string) => ({ idToken, type: 'ISO14443' });
const entry = (idToken: string, status?: string, more: object = {}) => ({
  idToken: token(idToken),
  ...(status === undefined ? {} : { idTokenInfo: { status, ...more } }),
});
const group = (groupId: string) => ({ groupIdToken: { idToken: groupId, type: 'Central' } });

describe('simulated station 2.0.1: who may charge', () => {
  it('keeps a local list by versions', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    const send = async (versionNumber: number, updateType: string, list?: object[]) =>
      (
        await stage.central.ask('CP-1', 'SendLocalList', {
          versionNumber,
          updateType,
          ...(list === undefined ? {} : { localAuthorizationList: list }),
        })
      ).status;
    const version = async () => (await stage.central.ask('CP-1', 'GetLocalListVersion', {})).versionNumber;
    assert.equal(await version(), 0);
    assert.equal(await send(3, 'Full', [entry('A', 'Accepted'), entry('B', 'Blocked')]), 'Accepted');
    assert.equal(await send(3, 'Differential', [entry('C', 'Accepted')]), 'VersionMismatch');
    assert.equal(await send(4, 'Differential', [entry('C', 'Accepted'), entry('B')]), 'Accepted');
    assert.equal(await version(), 4);
    assert.equal(await send(5, 'Full', [entry('A')]), 'Failed', 'a full list has no removals');
    assert.equal(await version(), 4);
  });

  it('asks the list and the cache when offline, by the rules of AuthCtrlr', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ connectors: 4 });
    await stage.central.ask('CP-1', 'SendLocalList', {
      versionNumber: 1,
      updateType: 'Full',
      localAuthorizationList: [
        entry('LISTED', 'Accepted'),
        entry('OLD', 'Accepted', { cacheExpiryDateTime: '2025-03-10T07:00:00Z' }),
      ],
    });
    station.plugIn(1);
    await station.presentCard(1, 'CACHED');
    station.unplug(1);
    await stage.time.settle();
    station.goOffline();
    const sources: string[] = [];
    station.on('authorized', ({ source, status }) => sources.push(`${source} ${status}`));
    for (const [connectorId, card] of [
      [1, 'LISTED'],
      [2, 'OLD'],
      [3, 'CACHED'],
      [4, 'NOBODY'],
    ] as const) {
      await station.presentCard(connectorId, card);
    }
    assert.deepEqual(sources, ['local-list Accepted', 'local-list Expired', 'cache Accepted', 'reader Invalid']);
    station.configure('AuthCtrlr.OfflineTxForUnknownIdEnabled', 'true');
    await station.presentCard(4, 'NOBODY');
    assert.equal(sources.at(-1), 'unknown-offline Accepted');
  });

  it('starts at once with LocalPreAuthorize, and forgets the cache when told', async () => {
    await using stage = await Stage.open();
    const station = await stage.charging201({ configuration: { 'AuthCtrlr.LocalPreAuthorize': 'true' } });
    await station.presentCard(1, 'TAG-1');
    await station.presentCard(1, 'TAG-1');
    await stage.time.settle();
    assert.equal(stage.central.of('Authorize').length, 1);
    assert.equal((await stage.central.ask('CP-1', 'ClearCache', {})).status, 'Accepted');
    await station.presentCard(1, 'TAG-1');
    await station.presentCard(1, 'TAG-1');
    await stage.time.settle();
    assert.equal(stage.central.of('Authorize').length, 2);
  });

  it('lets a card of the same group stop, and a master pass, and nobody else', async () => {
    await using stage = await Stage.open();
    const groups: Record<string, string> = { 'TAG-1': 'FAMILY', 'TAG-2': 'FAMILY', GUARD: 'MASTER', STRANGER: 'OTHER' };
    stage.central.answer('Authorize', ({ payload }: { payload: Record<string, unknown> }) => {
      const { idToken } = payload.idToken as { idToken: string };
      return { idTokenInfo: { status: 'Accepted', ...group(groups[idToken] ?? 'NONE') } };
    });
    const station = await stage.charging201({ configuration: { 'AuthCtrlr.MasterPassGroupId': 'MASTER' } });
    assert.deepEqual(await station.presentCard(1, 'STRANGER'), { outcome: 'refused', status: 'ConcurrentTx' });
    assert.deepEqual(await station.presentCard(1, 'TAG-2'), { outcome: 'stopped' });
    assert.deepEqual(await station.presentCard(1, 'GUARD'), { outcome: 'refused', status: 'Invalid' });
    await station.presentCard(1, 'TAG-1');
    assert.deepEqual(await station.presentCard(1, 'GUARD'), { outcome: 'stopped' });
    await stage.time.settle();
    const reasons = stage.central
      .of('TransactionEvent')
      .filter(({ eventType }) => eventType === 'Ended')
      .map(({ transactionInfo, idToken }) => [(transactionInfo as { stoppedReason: string }).stoppedReason, idToken]);
    assert.deepEqual(reasons, [
      ['Local', token('TAG-2')],
      ['MasterPass', token('GUARD')],
    ]);
  });

  it('keeps a place for a card or its group, and tells when the reservation is gone', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ connectors: 2 });
    const reserve = async (id: number, more: object = {}) =>
      (
        await stage.central.ask('CP-1', 'ReserveNow', {
          id,
          expiryDateTime: '2025-03-10T08:10:00Z',
          idToken: token('OWNER'),
          ...more,
        })
      ).status;
    assert.equal(await reserve(1, { evseId: 1 }), 'Accepted');
    assert.deepEqual(await station.presentCard(1, 'STRANGER'), { outcome: 'refused', status: 'Reserved' });
    station.plugIn(1);
    await station.presentCard(1, 'OWNER');
    await stage.time.settle();
    assert.equal(stage.central.of('TransactionEvent')[0]?.reservationId, 1);
    assert.equal('reservationId' in (stage.central.of('TransactionEvent')[1] ?? {}), false, 'told once');
    assert.equal(await reserve(2, { evseId: 1 }), 'Occupied');
    assert.equal(await reserve(3, { evseId: 9 }), 'Rejected');
    assert.equal(await reserve(4, { evseId: 2, connectorType: 'cCCS2' }), 'Rejected');
    assert.equal(await reserve(5), 'Accepted', 'any EVSE');
    assert.equal((await stage.central.ask('CP-1', 'CancelReservation', { reservationId: 5 })).status, 'Accepted');
    assert.equal((await stage.central.ask('CP-1', 'CancelReservation', { reservationId: 5 })).status, 'Rejected');
    assert.equal(await reserve(6, { evseId: 2 }), 'Accepted');
    await stage.time.advance(700_000);
    assert.equal(await reserve(7, { evseId: 2, expiryDateTime: '2025-03-10T09:00:00Z' }), 'Accepted');
    station.fault(2, 'OtherError');
    await stage.time.settle();
    assert.equal(await reserve(8, { evseId: 2, expiryDateTime: '2025-03-10T09:00:00Z' }), 'Faulted');
    assert.deepEqual(stage.central.of('ReservationStatusUpdate'), [
      { reservationId: 6, reservationUpdateStatus: 'Expired' },
      { reservationId: 7, reservationUpdateStatus: 'Removed' },
    ]);
    assert.deepEqual(stage.central.violations, []);
  });
});
