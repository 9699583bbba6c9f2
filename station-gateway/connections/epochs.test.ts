import assert from 'node:assert/strict';
import { instant, systemClock } from '@voltpile/kernel/clock';
import { domainAway, FAKE_ORGANIZATION, FAKE_SITE } from '../testing/fake-station-port.ts';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { holdBack } from '../testing/hold-back.ts';
import { REPLACED } from './registry.ts';

const soon = () => instant(systemClock.now() + 2000);
const CLEAR = { action: 'clear-cache', payload: {} } as const;

describe('two sockets of one station', () => {
  let fixture: GatewayFixture;
  let station: string;

  beforeEach(async () => {
    fixture = await startGateway();
    station = fixture.port.register('CP1');
  });

  afterEach(() => fixture.stop());

  it('lets the newer one win and closes the older', async () => {
    const older = await fixture.connect('CP1');
    const newer = await fixture.connect('CP1');
    assert.deepEqual(await older.closed, { code: 1008, reason: REPLACED });
    assert.equal((await newer.call('Heartbeat'))[0], 3);
    const told = await fixture.port.called('disconnected');
    assert.deepEqual(told.argument, { station, epoch: 1, reason: REPLACED });
    assert.equal(fixture.gateway.connections, 1);
  });

  it('is not disturbed by the late close of the older one', async () => {
    const older = await fixture.connect('CP1');
    older.socket.pause();
    const newer = await fixture.connect('CP1');
    assert.equal((await newer.call('Heartbeat'))[0], 3);
    older.socket.terminate();
    await fixture.port.called('disconnected', (call) => call.epoch === 1);
    assert.equal((await newer.call('Heartbeat'))[0], 3);
    const outcome = fixture.gateway.link.execute(station, 2, CLEAR, soon());
    const [, id] = await newer.next();
    newer.send([3, id, { status: 'Accepted' }]);
    assert.equal((await outcome).status, 'accepted');
    assert.equal(
      fixture.port.calls.some((call) => call.method === 'disconnected' && call.epoch === 2),
      false,
    );
  });

  it('takes a StopTransaction that still comes on the older socket, under the epoch of that socket', async () => {
    const older = await fixture.connect('CP1');
    older.socket.pause();
    const newer = await fixture.connect('CP1');
    assert.equal((await newer.call('Heartbeat'))[0], 3);
    // The older socket has been sent its close frame by now, but has not read it.
    older.post('StopTransaction', { id: 7 });
    const stopped = await fixture.port.called('transactionEnded');
    assert.equal(stopped.epoch, 1);
    older.socket.resume();
    assert.equal((await older.closed).code, 1008);
  });

  it('answers what the older socket had in hand before it closes it', async () => {
    const held = holdBack(fixture.port, (method) => method === 'transactionEnded');
    const older = await fixture.connect('CP1');
    older.post('StopTransaction', { id: 7 });
    await held.begun;
    const newer = await fixture.connect('CP1');
    assert.equal((await newer.call('Heartbeat'))[0], 3);
    held.release();
    assert.deepEqual(await older.next(), [3, 'm1', {}]);
    assert.equal((await older.closed).code, 1008);
  });

  it('sends no command to an epoch that is not the current one', async () => {
    await fixture.connect('CP1');
    const offline = async (epoch: number) => (await fixture.gateway.link.execute(station, epoch, CLEAR, soon())).status;
    const newer = await fixture.connect('CP1');
    assert.equal(await offline(1), 'offline');
    assert.equal(await offline(3), 'offline');
    newer.socket.terminate();
    await fixture.port.called('disconnected', (call) => call.epoch === 2);
    assert.equal(await offline(2), 'offline');
    assert.equal(newer.unread, 0);
  });

  it('tells that a command sent before a reconnect has an unknown end', async () => {
    const older = await fixture.connect('CP1');
    const outcome = fixture.gateway.link.execute(station, 1, CLEAR, soon());
    await older.next();
    const newer = await fixture.connect('CP1');
    assert.equal((await outcome).status, 'unknown');
    assert.equal((await newer.call('Heartbeat'))[0], 3);
    assert.equal(newer.unread, 0, 'nothing is sent again');
  });

  it('keeps the newer one when two logins overtake each other', async () => {
    const first = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<void>();
    const { port } = fixture;
    port.beforeAdmit = () => {
      port.beforeAdmit = () => undefined;
      asked.resolve();
      return first.promise.then(() => ({
        outcome: 'admitted',
        station,
        epoch: 0,
        organizationId: FAKE_ORGANIZATION,
        siteId: FAKE_SITE,
        registrationStatus: 'Accepted',
        heartbeatIntervalSeconds: 60,
        timeZone: 'Europe/Berlin',
        lenient: false,
      }));
    };
    const slow = fixture.connect('CP1');
    await asked.promise;
    const newer = await fixture.connect('CP1');
    first.resolve(undefined);
    assert.equal((await (await slow).closed).reason, REPLACED);
    assert.equal((await newer.call('Heartbeat'))[0], 3);
  });

  it('goes on telling the domain of a closed socket until it listens', async () => {
    let tries = 0;
    fixture.port.beforeDisconnected = () => {
      tries += 1;
      if (tries < 3) throw domainAway();
    };
    const client = await fixture.connect('CP1');
    await client.close();
    const told = await fixture.port.called('disconnected');
    assert.equal(told.epoch, 1);
    assert.equal(tries, 3);
  });
});
