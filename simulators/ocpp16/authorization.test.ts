import assert from 'node:assert/strict';
import { Stage } from '../testing/stage.ts';

const list = (listVersion: number, updateType: string, localAuthorizationList?: object[]) => ({
  listVersion,
  updateType,
  ...(localAuthorizationList === undefined ? {} : { localAuthorizationList }),
});

describe('simulated station: who may charge', () => {
  it('keeps a local list by versions', async () => {
    await using stage = await Stage.open();
    await stage.started();
    const send = async (...change: Parameters<typeof list>) =>
      (await stage.central.ask('CP-1', 'SendLocalList', list(...change))).status;
    const version = async () => (await stage.central.ask('CP-1', 'GetLocalListVersion', {})).listVersion;
    const entry = (idTag: string, status?: string) => ({ idTag, ...(status ? { idTagInfo: { status } } : {}) });
    assert.equal(await version(), 0);
    assert.equal(await send(3, 'Full', [entry('A', 'Accepted'), entry('B', 'Blocked')]), 'Accepted');
    assert.equal(await send(3, 'Differential', [entry('C', 'Accepted')]), 'VersionMismatch');
    assert.equal(await send(4, 'Differential', [entry('C', 'Accepted'), entry('B')]), 'Accepted');
    assert.equal(await version(), 4);
    assert.equal(await send(5, 'Full', [entry('A')]), 'Failed', 'a full list has no removals');
    assert.equal(
      await send(5, 'Full', [entry('A', 'Accepted'), entry('a', 'Blocked')]),
      'Failed',
      'the same card twice',
    );
    assert.equal(await send(0, 'Full'), 'Failed');
    assert.equal(await version(), 4, 'a refused list changes nothing');
    await stage.central.ask('CP-1', 'ChangeConfiguration', { key: 'LocalAuthListEnabled', value: 'false' });
    assert.equal(await version(), -1);
    assert.equal(await send(6, 'Full'), 'NotSupported');
  });

  it('asks the local list and the cache when offline', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({ connectors: 4 });
    await stage.central.ask(
      'CP-1',
      'SendLocalList',
      list(1, 'Full', [
        { idTag: 'LISTED', idTagInfo: { status: 'Accepted' } },
        { idTag: 'BLOCKED', idTagInfo: { status: 'Blocked' } },
        { idTag: 'OLD', idTagInfo: { status: 'Accepted', expiryDate: '2025-03-10T07:00:00Z' } },
      ]),
    );
    await station.presentCard(1, 'CACHED');
    await station.presentCard(1, 'CACHED');
    const sources: string[] = [];
    station.on('authorized', ({ idTag, status, source }) => sources.push(`${idTag} ${status} ${source}`));
    station.goOffline();
    assert.equal((await station.presentCard(1, 'listed')).outcome, 'waiting-for-cable');
    assert.equal((await station.presentCard(2, 'CACHED')).outcome, 'waiting-for-cable');
    for (const refused of ['BLOCKED', 'OLD', 'STRANGER']) {
      assert.equal((await station.presentCard(3, refused)).outcome, 'refused');
    }
    station.configuration.set('AllowOfflineTxForUnknownId', 'true');
    assert.equal((await station.presentCard(3, 'STRANGER')).outcome, 'waiting-for-cable');
    station.configuration.set('LocalAuthorizeOffline', 'false');
    station.configuration.set('AllowOfflineTxForUnknownId', 'false');
    assert.equal((await station.presentCard(4, 'LISTED')).outcome, 'refused');
    assert.deepEqual(sources, [
      'listed Accepted local-list',
      'CACHED Accepted cache',
      'BLOCKED Blocked local-list',
      'OLD Expired local-list',
      'STRANGER Invalid reader',
      'STRANGER Accepted unknown-offline',
      'LISTED Invalid reader',
    ]);
  });

  it('does not ask the central system about known cards with LocalPreAuthorize, until the cache is cleared', async () => {
    await using stage = await Stage.open();
    const station = await stage.started({ connectors: 3, configuration: { LocalPreAuthorize: 'true' } });
    await station.presentCard(1, 'TAG-1');
    await station.presentCard(2, 'TAG-1');
    assert.equal(stage.central.of('Authorize').length, 1);
    assert.equal((await stage.central.ask('CP-1', 'ClearCache', {})).status, 'Accepted');
    await station.presentCard(3, 'TAG-1');
    assert.equal(stage.central.of('Authorize').length, 2);
    await stage.central.ask('CP-1', 'ChangeConfiguration', { key: 'AuthorizationCacheEnabled', value: 'false' });
    assert.equal((await stage.central.ask('CP-1', 'ClearCache', {})).status, 'Rejected');
  });

  it('learns from the answer to StartTransaction', async () => {
    await using stage = await Stage.open();
    stage.central.answer('StartTransaction', { transactionId: 9, idTagInfo: { status: 'Blocked' } });
    const station = await stage.charging();
    station.goOffline();
    station.unplug(1);
    station.plugIn(1);
    assert.deepEqual(await station.presentCard(1, 'TAG-1'), { outcome: 'refused', status: 'Blocked' });
  });
});
