import assert from 'node:assert/strict';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { StationView } from '../contract/operator-ports.ts';
import { base64, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';

describe('admission', () => {
  let bench: CsmsBench;
  const viewOf = (id: string): Promise<StationView> => bench.csms.operatorPorts.stations.get(EVERYTHING, id);
  const register = async (id: string, password?: string | null): Promise<string> =>
    (await bench.csms.operatorPorts.stations.register(EVERYTHING, { id, password })).password ?? '';

  before(async () => {
    bench = await createCsmsBench({
      settings: { throttle: { perIdentityAndAddress: 3, perAddress: 20, coolDownMs: 60_000 }, maxPendingStations: 3 },
    });
  });
  after(() => bench[Symbol.asyncDispose]());

  it('asks a station with a key for it, and takes it in both forms', async () => {
    const key = await register('KEY');
    assert.match(key, /^[0-9a-f]{40}$/);
    assert.deepEqual(await bench.admit('KEY'), { outcome: 'credentials-required' });
    assert.deepEqual(await bench.admit('KEY', { passwordBase64: base64('wrong-wrong-wrong') }), {
      outcome: 'wrong-credentials',
    });
    const text = await bench.admit('KEY', { passwordBase64: base64(key) });
    const bytes = await bench.admit('KEY', { passwordBase64: base64(Buffer.from(key, 'hex')) });
    assert.equal(text.outcome, 'admitted');
    assert.equal(bytes.outcome, 'admitted');
  });

  it('takes a verified certificate in place of the key', async () => {
    await register('CERT');
    const decision = await bench.admit('CERT', { certificateVerified: true, unauthenticatedAllowed: false });
    assert.equal(decision.outcome, 'admitted');
  });

  it('lets a station without a key in only where that is allowed', async () => {
    await register('OPEN', null);
    assert.equal((await bench.admit('OPEN')).outcome, 'admitted');
    assert.deepEqual(await bench.admit('OPEN', { unauthenticatedAllowed: false }), { outcome: 'credentials-required' });
    const anything = { unauthenticatedAllowed: false, passwordBase64: base64('any password at all') };
    assert.deepEqual(await bench.admit('OPEN', anything), { outcome: 'credentials-required' });
  });

  it('remembers how well a connection is secured (security profiles 0 to 3)', async () => {
    const { stations } = bench.csms.operatorPorts;
    await stations.register(EVERYTHING, { id: 'PROFILE', password: 'a long password!' });
    assert.equal((await viewOf('PROFILE')).securityProfile, null);
    const passwordBase64 = base64('a long password!');
    await bench.admit('PROFILE', { passwordBase64 });
    assert.equal((await viewOf('PROFILE')).securityProfile, 1);
    await bench.admit('PROFILE', { passwordBase64, encrypted: true });
    assert.equal((await viewOf('PROFILE')).securityProfile, 2);
    await bench.admit('PROFILE', { certificateVerified: true, encrypted: true });
    assert.equal((await viewOf('PROFILE')).securityProfile, 3);
    await register('BARE', null);
    await bench.admit('BARE', { encrypted: true });
    assert.equal((await viewOf('BARE')).securityProfile, 0);
    const [event] = (await bench.events()).filter(
      ({ type, stationId }) => type === 'station.connected' && stationId === 'BARE',
    );
    assert.equal(event?.data.securityProfile, 0);
  });

  it('rule 21: takes what is set for a station that names no protocol, and asks for one where nothing is set', async () => {
    const { stations } = bench.csms.operatorPorts;
    const unnamed = {
      protocol: null,
      capabilities: [],
      spoken: [
        { protocol: 'ocpp2.0.1', capabilities: ['clear-cache', 'get-report'] },
        { protocol: 'ocpp1.6', capabilities: ['clear-cache'] },
      ],
    };
    await register('SILENT', null);
    assert.deepEqual(await bench.admit('SILENT', unnamed), { outcome: 'protocol-required' });
    assert.deepEqual(await bench.admit('NOBODY-KNOWN', unnamed), { outcome: 'protocol-required' });
    await assert.rejects(viewOf('NOBODY-KNOWN'), 'a stranger is not written down for it');
    await stations.update(EVERYTHING, 'SILENT', { defaultProtocol: 'ocpp1.6' });
    const decision = await bench.admit('SILENT', unnamed);
    assert.deepEqual(decision.outcome === 'admitted' && decision.protocol, 'ocpp1.6');
    const { protocol, capabilities, defaultProtocol } = await viewOf('SILENT');
    assert.deepEqual([protocol, capabilities, defaultProtocol], ['ocpp1.6', ['clear-cache'], 'ocpp1.6']);
    await stations.update(EVERYTHING, 'SILENT', { defaultProtocol: 'ocpp9' });
    assert.deepEqual(await bench.admit('SILENT', unnamed), { outcome: 'protocol-required' });
    await stations.update(EVERYTHING, 'SILENT', { defaultProtocol: null });
    assert.equal((await viewOf('SILENT')).defaultProtocol, null);
    await assert.rejects(stations.update(EVERYTHING, 'SILENT', { defaultProtocol: 'no protocol' }), {
      code: 'station.invalid',
    });
    const named = await bench.admit('SILENT', { protocol: 'ocpp2.0.1' });
    assert.equal(named.outcome, 'admitted');
  });

  it('tells the station’s settings', async () => {
    const { stations } = bench.csms.operatorPorts;
    await stations.register(EVERYTHING, { id: 'SET', password: null, heartbeatIntervalSeconds: 42, lenient: true });
    const { organizationId, siteId } = await viewOf('SET');
    const { timeZone } = await bench.csms.operatorPorts.sites.getSite(EVERYTHING, siteId);
    const decision = await bench.admit('SET');
    assert.deepEqual(decision, {
      outcome: 'admitted',
      station: decision.outcome === 'admitted' ? decision.station : '',
      epoch: 1,
      registrationStatus: 'Accepted',
      heartbeatIntervalSeconds: 42,
      timeZone,
      iccid: null,
      lenient: true,
      organizationId,
      siteId,
    });
    assert.deepEqual((await viewOf('SET')).protocol, 'ocpp1.6');
    assert.ok((await viewOf('SET')).capabilities.includes('reset-station'));
  });

  it('makes guessers wait even with the right password, and nobody else', async () => {
    const key = await register('GUESSED');
    const from = (remoteAddress: string, password: string) =>
      bench.admit('GUESSED', { remoteAddress, passwordBase64: base64(password) });
    for (let index = 0; index < 3; index++) {
      assert.equal((await from('10.0.0.1', `wrong password ${index}`)).outcome, 'wrong-credentials');
    }
    assert.deepEqual(await from('10.0.0.1', key), { outcome: 'throttled', retryAfterSeconds: 60 });
    assert.equal((await from('10.0.0.2', key)).outcome, 'admitted');
    bench.clock.advance(60_000);
    assert.equal((await from('10.0.0.1', key)).outcome, 'admitted');
  });

  it('counts guesses made at the same moment one by one', async () => {
    await register('STORMED');
    const decisions = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        bench.admit('STORMED', { remoteAddress: '10.0.1.1', passwordBase64: base64(`wrong password ${index}`) }),
      ),
    );
    assert.equal(decisions.filter(({ outcome }) => outcome === 'wrong-credentials').length, 3);
    assert.equal(decisions.filter(({ outcome }) => outcome === 'throttled').length, 17);
  });

  it('counts every connection in epochs, however many come at once', async () => {
    await register('TWICE', null);
    const decisions = await Promise.all(Array.from({ length: 8 }, () => bench.admit('TWICE')));
    const epochs = decisions.map((decision) => (decision.outcome === 'admitted' ? decision.epoch : 0));
    assert.deepEqual(epochs.toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
    const [row] = await bench.rows(
      'select epoch from csms.connections c join csms.stations s on s.id = c.station_id where identity = $1',
      ['TWICE'],
    );
    assert.equal(row?.epoch, '8');
  });

  it('changes nothing when an old socket closes late', async () => {
    const first = await bench.connect('LATE');
    const second = await bench.admit('LATE');
    assert.ok(second.outcome === 'admitted' && second.epoch === first.epoch + 1);
    await bench.csms.stationPort.disconnected(first.station, first.epoch, 'late close');
    assert.equal((await viewOf('LATE')).online, true);
    await bench.csms.stationPort.disconnected(first.station, second.epoch, 'closed');
    await bench.csms.stationPort.disconnected(first.station, second.epoch, 'closed again');
    const view = await viewOf('LATE');
    assert.equal(view.online, false);
    assert.equal(view.disconnectedAt, new Date(bench.clock.now()).toISOString());
    const told = (await bench.events()).filter(({ stationId }) => stationId === 'LATE').map(({ type }) => type);
    assert.deepEqual(told, ['station.registered', 'station.connected', 'station.connected', 'station.disconnected']);
  });

  it('asks another node to close the socket that was replaced', async () => {
    const first = await bench.connect('MOVED', { nodeId: 'node-1' });
    await bench.admit('MOVED', { nodeId: 'node-2' });
    await bench.admit('MOVED', { nodeId: 'node-2' });
    assert.deepEqual(
      bench.link.disconnected.filter(({ station }) => station === first.station),
      [{ station: first.station, epoch: 1, reason: 'the station has connected elsewhere' }],
    );
  });

  it('writes unknown stations down as pending, and only so many', async () => {
    const decision = await bench.admit('STRANGER', { passwordBase64: base64('a password of its own') });
    assert.ok(decision.outcome === 'admitted' && decision.registrationStatus === 'Pending');
    const view = await viewOf('STRANGER');
    // A password that a stranger presents is not adopted.
    assert.equal(view.hasPassword, false);
    assert.equal(view.registrationStatus, 'Pending');
    assert.deepEqual(await bench.admit('NOBODY', { unauthenticatedAllowed: false }), {
      outcome: 'credentials-required',
    });
    assert.deepEqual(
      (await Promise.all(Array.from({ length: 5 }, () => bench.admit('SAME')))).map(({ outcome }) => outcome),
      Array<string>(5).fill('admitted'),
    );
    assert.equal((await bench.admit('THIRD')).outcome, 'admitted');
    assert.deepEqual(await bench.admit('FOURTH'), { outcome: 'unknown-station' });
    const registered = (await bench.events()).filter(
      ({ type, data }) => type === 'station.registered' && data.registeredBy === 'station',
    );
    assert.deepEqual(
      registered.map(({ stationId }) => stationId),
      ['STRANGER', 'SAME', 'THIRD'],
    );
    await bench.csms.operatorPorts.stations.update(EVERYTHING, 'THIRD', { registrationStatus: 'Accepted' });
    assert.equal((await bench.admit('FOURTH', { certificateVerified: true })).outcome, 'admitted');
  });

  it('keeps places for strangers from other addresses', async () => {
    await using open = await createCsmsBench({
      settings: { onboarding: 'pending', maxPendingStations: 4, maxPendingPerAddress: 2 },
    });
    const outcomeOf = async (identity: string, remoteAddress: string): Promise<string> =>
      (await open.admit(identity, { remoteAddress })).outcome;
    for (const identity of ['ONE', 'TWO']) assert.equal(await outcomeOf(identity, '192.0.2.1'), 'admitted');
    assert.equal(await outcomeOf('THREE', '192.0.2.1'), 'unknown-station');
    // Who waits already may come again.
    assert.equal(await outcomeOf('TWO', '192.0.2.1'), 'admitted');
    for (const identity of ['FOUR', 'FIVE']) assert.equal(await outcomeOf(identity, '192.0.2.2'), 'admitted');
    assert.equal(await outcomeOf('SIX', '192.0.2.3'), 'unknown-station');
    await open.csms.operatorPorts.stations.update(EVERYTHING, 'ONE', { registrationStatus: 'Accepted' });
    assert.equal(await outcomeOf('THREE', '192.0.2.1'), 'admitted');
  });

  it('forgets removed stations', async () => {
    await register('REMOVED', null);
    await bench.csms.operatorPorts.stations.remove(EVERYTHING, 'REMOVED');
    await using strict = await createCsmsBench({ settings: { onboarding: 'reject' } });
    assert.deepEqual(await strict.admit('REMOVED'), { outcome: 'unknown-station' });
  });

  it('accepts unknown stations when told so', async () => {
    await using open = await createCsmsBench({ settings: { onboarding: 'accept' } });
    const decision = await open.admit('NEW');
    assert.ok(decision.outcome === 'admitted' && decision.registrationStatus === 'Accepted');
    assert.deepEqual(await open.admit('OTHER', { unauthenticatedAllowed: false }), { outcome: 'credentials-required' });
  });

  it('closes what a killed process left open', async () => {
    await using restarted = await createCsmsBench();
    await restarted.connect('LEFT', { nodeId: 'node-1' });
    await restarted.connect('ELSEWHERE', { nodeId: 'node-2' });
    await restarted.csms.stationPort.gatewayStarted('node-1');
    const { stations } = restarted.csms.operatorPorts;
    assert.equal((await stations.get(EVERYTHING, 'LEFT')).online, false);
    assert.equal((await stations.get(EVERYTHING, 'ELSEWHERE')).online, true);
    const last = (await restarted.events()).at(-1);
    assert.equal(last?.type, 'station.disconnected');
    assert.equal(last?.stationId, 'LEFT');
    assert.equal(last?.data.reason, 'the node was restarted');
    const { connections } = restarted.csms;
    const elsewhere = await stations.keyOf(EVERYTHING, 'ELSEWHERE');
    assert.deepEqual(await connections.openNodes(), ['node-2']);
    assert.deepEqual(
      [
        await connections.nodeOf(elsewhere, 1),
        await connections.nodeOf(elsewhere, 2),
        await connections.nodeOf(await stations.keyOf(EVERYTHING, 'LEFT'), 1),
      ],
      ['node-2', null, 'node-1'],
    );
    const again = await restarted.admit('LEFT');
    assert.ok(again.outcome === 'admitted' && again.epoch === 2);
  });

  it('stands a storm of stations', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `STORM${String(index).padStart(3, '0')}`);
    const { rows } = await bench.test.pool.query('select id, organization_id from csms.sites limit 1');
    await bench.test.pool.query(
      `insert into csms.stations (id, identity, organization_id, site_id, registration_status)
       select gen_random_uuid(), unnest($1::text[]), $2, $3, 'Accepted'`,
      [ids, rows[0].organization_id, rows[0].id],
    );
    const decisions = await Promise.all(ids.map((id) => bench.admit(id)));
    assert.ok(decisions.every(({ outcome }) => outcome === 'admitted'));
    await Promise.all(
      decisions.map((decision) =>
        decision.outcome === 'admitted'
          ? bench.csms.stationPort.disconnected(decision.station, decision.epoch, 'storm')
          : undefined,
      ),
    );
    const [row] = await bench.rows(
      `select count(*)::int as open from csms.connections c join csms.stations s on s.id = c.station_id
       where identity like 'STORM%' and disconnected_at is null`,
    );
    assert.equal(row?.open, 0);
  });
});
