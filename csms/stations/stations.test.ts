import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { StationInput, StationsPort } from '../contract/operator-ports.ts';
import type { TransactionDecision } from '../contract/station-port.ts';
import { siteNotFound } from '../sites/sites-service.ts';
import { base64, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { badStationKey } from './station-key.ts';
import { invalidStation } from './station-rules.ts';
import { stationUnknown } from './station-writer.ts';
import { stationExists } from './stations-service.ts';

describe('stations as operators keep them', () => {
  let bench: CsmsBench;
  let stations: StationsPort;

  before(async () => {
    bench = await createCsmsBench();
    stations = bench.csms.operatorPorts.stations;
  });
  after(() => bench[Symbol.asyncDispose]());

  it('are registered once, with a key that is shown once', async () => {
    const { password, ...made } = await stations.register(EVERYTHING, { id: 'CS|1', ratedPowerW: 22_000 });
    assert.match(password ?? '', /^[0-9a-f]{40}$/);
    assert.deepEqual(await stations.get(EVERYTHING, 'CS|1'), made);
    assert.deepEqual(
      { ...made, organizationId: '', siteId: '', createdAt: '' },
      {
        id: 'CS|1',
        organizationId: '',
        siteId: '',
        registrationStatus: 'Accepted',
        online: false,
        protocol: null,
        capabilities: [],
        hasPassword: true,
        vendor: null,
        model: null,
        serialNumber: null,
        firmwareVersion: null,
        connectedAt: null,
        disconnectedAt: null,
        lastSeenAt: null,
        lastBootAt: null,
        heartbeatIntervalSeconds: null,
        lenient: false,
        defaultProtocol: null,
        securityProfile: null,
        ratedPowerW: 22_000,
        connectors: [],
        createdAt: '',
      },
    );
    await assert.rejects(stations.register(EVERYTHING, { id: 'CS|1' }), stationExists.is);
    const typed = await stations.register(EVERYTHING, { id: 'cs|1', password: 'chosen by a person' });
    assert.equal('password' in typed, false);
    const stored = JSON.stringify([await bench.rows('select * from csms.stations'), await bench.events()]);
    assert.ok(!stored.includes(password ?? '') && !stored.includes('chosen by a person'));
  });

  it('are refused with identities and facts that cannot be', async () => {
    for (const id of ['', ' X', 'a\u0000b', 'a\nb', 'x'.repeat(129), '\ud800', '.', '..']) {
      await assert.rejects(stations.register(EVERYTHING, { id }), invalidStation.is, JSON.stringify(id));
    }
    const refused: Omit<StationInput, 'id'>[] = [
      { heartbeatIntervalSeconds: 0 },
      { heartbeatIntervalSeconds: 86_401 },
      { ratedPowerW: 1.5 },
      { registrationStatus: 'Maybe' as 'Accepted' },
    ];
    for (const input of refused) {
      await assert.rejects(stations.register(EVERYTHING, { id: 'BAD', ...input }), invalidStation.is);
    }
    await assert.rejects(stations.register(EVERYTHING, { id: 'BAD', password: 'too short' }), badStationKey.is);
    await assert.rejects(stations.register(EVERYTHING, { id: 'BAD', siteId: uuidv7() }), siteNotFound.is);
    await assert.rejects(stations.get(EVERYTHING, 'BAD'), stationUnknown.is);
    await assert.rejects(stations.get(EVERYTHING, 'a\u0000b'), stationUnknown.is);
  });

  it('change, and close the socket when that makes it wrong', async () => {
    const { station, epoch } = await bench.connect('CHANGE');
    const changed = await stations.update(EVERYTHING, 'CHANGE', {
      heartbeatIntervalSeconds: 60,
      lenient: true,
      ratedPowerW: 11_000,
    });
    assert.deepEqual(
      [changed.heartbeatIntervalSeconds, changed.lenient, changed.ratedPowerW, changed.online],
      [60, true, 11_000, true],
    );
    const cleared = await stations.update(EVERYTHING, 'CHANGE', { heartbeatIntervalSeconds: null, ratedPowerW: null });
    assert.deepEqual([cleared.heartbeatIntervalSeconds, cleared.lenient, cleared.ratedPowerW], [null, true, null]);
    await stations.update(EVERYTHING, 'CHANGE', { siteId: cleared.siteId, lenient: true });
    assert.deepEqual(bench.link.disconnected.splice(0), [
      { station, epoch, reason: 'its messages are to be read in another way' },
    ]);

    const site = await bench.csms.operatorPorts.sites.createSite(EVERYTHING, { name: 'Elsewhere' });
    await stations.update(EVERYTHING, 'CHANGE', { siteId: site.id });
    await stations.update(EVERYTHING, 'CHANGE', { password: 'a much better password' });
    await stations.update(EVERYTHING, 'CHANGE', { registrationStatus: 'Rejected' });
    await stations.update(EVERYTHING, 'CHANGE', { registrationStatus: 'Rejected' });
    await stations.remove(EVERYTHING, 'CHANGE');
    assert.deepEqual(bench.link.disconnected.splice(0), [
      { station, epoch, reason: 'the station was moved to another site' },
      { station, epoch, reason: 'the password was changed' },
      { station, epoch, reason: 'the station was rejected' },
      { station, epoch, reason: 'the station was removed' },
    ]);
    await assert.rejects(stations.get(EVERYTHING, 'CHANGE'), stationUnknown.is);
    await assert.rejects(stations.update(EVERYTHING, 'CHANGE', { lenient: false }), stationUnknown.is);
    await assert.rejects(stations.remove(EVERYTHING, 'CHANGE'), stationUnknown.is);
    const told = (await bench.events()).filter(({ stationId }) => stationId === 'CHANGE');
    assert.deepEqual(
      told.filter(({ type }) => type === 'station.updated').map(({ data }) => data.changes ?? data.removed),
      [
        ['heartbeatIntervalSeconds', 'lenient', 'ratedPowerW'],
        ['heartbeatIntervalSeconds', 'ratedPowerW'],
        ['siteId', 'lenient'],
        ['siteId'],
        ['password'],
        ['registrationStatus'],
        ['registrationStatus'],
        true,
      ],
    );
    // The identity is free again, for another station.
    await stations.register(EVERYTHING, { id: 'CHANGE' });
  });

  it('end what they were charging when they are removed, and a late end still counts', async () => {
    const admitted = await bench.connect('GONE');
    const { stationPort, operatorPorts } = bench.csms;
    const time = { text: '2026-03-01T12:00:00Z', at: instant(Date.parse('2026-03-01T12:00:00Z')) };
    const report = { origin: bench.origin(admitted), timestamp: time, meterWh: '1000', readings: [] };
    const started: TransactionDecision[] = [];
    for (const evseId of [1, 2]) {
      started.push(await stationPort.transactionStarted({ ...report, evse: { evseId, connectorId: 1 } }));
    }
    const seen = async () =>
      Promise.all(started.map(({ transactionId }) => operatorPorts.transactions.get(EVERYTHING, `${transactionId}`)));
    assert.deepEqual(
      (await seen()).map(({ status }) => status),
      ['active', 'active'],
    );
    await stations.remove(EVERYTHING, 'GONE');
    assert.deepEqual(
      (await seen()).map(({ status, endedAt, holds }) => [status, endedAt, holds.includes('stop-missing')]),
      [
        ['ended', '2026-03-01T12:00:00.000Z', true],
        ['ended', '2026-03-01T12:00:00.000Z', true],
      ],
    );
    const stationTransactionId = started[0]?.stationTransactionId ?? '';
    await stationPort.transactionEnded({ ...report, stationTransactionId, meterWh: '3000', stopReason: 'Local' });
    const [told] = await seen();
    assert.deepEqual([told?.energyWh, told?.holds.includes('stop-missing')], [2000, false]);
  });

  it('come in with a new password at once, and not with the old one', async () => {
    await stations.register(EVERYTHING, { id: 'ROTATE', password: 'the old password!' });
    await stations.update(EVERYTHING, 'ROTATE', { password: 'the new password!' });
    const login = async (password: string): Promise<string> =>
      (await bench.admit('ROTATE', { passwordBase64: base64(password) })).outcome;
    assert.equal(await login('the old password!'), 'wrong-credentials');
    assert.equal(await login('the new password!'), 'admitted');
    await stations.update(EVERYTHING, 'ROTATE', { password: null });
    assert.equal((await bench.admit('ROTATE')).outcome, 'admitted');
  });

  it('move between sites and organisations, within the scope', async () => {
    const { sites } = bench.csms.operatorPorts;
    const other = await sites.createOrganization(EVERYTHING, {
      name: 'Other',
      countryCode: null,
      partyId: null,
      operatorId: null,
    });
    const site = await sites.createSite(EVERYTHING, { name: 'There', organizationId: other.id });
    const scope = { kind: 'organizations', organizationIds: [other.id] } as const;
    const before = await stations.register(EVERYTHING, { id: 'MOVE' });
    await assert.rejects(stations.get(scope, 'MOVE'), stationUnknown.is);
    const after = await stations.update(EVERYTHING, 'MOVE', { siteId: site.id });
    assert.deepEqual([after.siteId, after.organizationId], [site.id, other.id]);
    assert.equal((await stations.get(scope, 'MOVE')).id, 'MOVE');
    await assert.rejects(stations.update(scope, 'MOVE', { siteId: before.siteId }), siteNotFound.is);
    assert.deepEqual((await stations.list(scope, {}, { limit: 10 })).items, [after]);
    assert.deepEqual(
      (await stations.list({ kind: 'sites', siteIds: [before.siteId] }, { search: 'MOVE' }, { limit: 10 })).items,
      [],
    );
    assert.equal((await stations.register(scope, { id: 'THEIRS' })).siteId, site.id);
  });

  it('are listed by identity, page by page, and filtered', async () => {
    const site = await bench.csms.operatorPorts.sites.createSite(EVERYTHING, { name: 'List' });
    for (const id of ['L_3', 'L_1', 'LX2', 'L_4']) {
      await stations.register(EVERYTHING, { id, password: null, siteId: site.id, registrationStatus: 'Pending' });
    }
    await bench.admit('L_1');
    await stations.update(EVERYTHING, 'L_4', { registrationStatus: 'Accepted' });
    const ids = async (filter: Parameters<StationsPort['list']>[1]): Promise<string[]> =>
      (await stations.list(EVERYTHING, { siteId: site.id, ...filter }, { limit: 100 })).items.map(({ id }) => id);
    assert.deepEqual((await ids({ search: 'l_' })).toSorted(), ['L_1', 'L_3', 'L_4']);
    assert.deepEqual(await ids({ online: true }), ['L_1']);
    assert.deepEqual(await ids({ capability: 'apply-tariff' }), ['L_1']);
    assert.deepEqual(await ids({ capability: 'fly' }), []);
    assert.equal((await ids({ online: false })).length, 3);
    assert.deepEqual(await ids({ registrationStatus: 'Accepted' }), ['L_4']);
    assert.deepEqual(await ids({ siteId: 'x' }), []);
    assert.deepEqual(await ids({ search: '\u0000' }), []);
    const first = await stations.list(EVERYTHING, { siteId: site.id }, { limit: 3 });
    const rest = await stations.list(EVERYTHING, { siteId: site.id }, { limit: 3, cursor: first.nextCursor ?? '' });
    assert.deepEqual([...first.items, ...rest.items].map(({ id }) => id).toSorted(), ['LX2', 'L_1', 'L_3', 'L_4']);
    assert.equal(rest.nextCursor, null);
  });
});
