import assert from 'node:assert/strict';
import type { StationCommand } from '@voltpile/csms/contract/commands';
import { instant, systemClock } from '@voltpile/kernel/clock';
import { type GatewayFixture, startGateway } from './testing/gateway-fixture.ts';
import { holdBack } from './testing/hold-back.ts';

const CLEAR: StationCommand = { action: 'clear-cache', payload: {} };
const within = (milliseconds: number) => instant(systemClock.now() + milliseconds);

describe('the station link', () => {
  let fixture: GatewayFixture;
  let station: string;

  beforeEach(async () => {
    fixture = await startGateway();
    station = fixture.port.register('CP1');
  });

  afterEach(() => fixture.stop());

  it('carries a command and brings the answer', async () => {
    const client = await fixture.connect('CP1');
    const outcome = fixture.gateway.link.execute(station, 1, CLEAR, within(2000));
    const [type, id, action] = await client.next();
    assert.deepEqual([type, action], [2, 'clear-cache']);
    client.send([3, id, { status: 'Accepted' }]);
    assert.deepEqual(await outcome, { status: 'accepted', response: { status: 'Accepted' } });
  });

  it('counts the time a command waits behind another towards its deadline', async () => {
    const client = await fixture.connect('CP1');
    const started = performance.now();
    const first = fixture.gateway.link.execute(station, 1, CLEAR, within(300));
    const second = fixture.gateway.link.execute(station, 1, CLEAR, within(200));
    assert.deepEqual(
      (await Promise.all([first, second])).map((one) => one.status),
      ['timeout', 'timeout'],
    );
    assert.ok(performance.now() - started < 550, 'not one after the other');
    assert.equal((await client.next())[2], 'clear-cache');
    assert.equal(client.unread, 0, 'the second was never sent');
  });

  it('keeps the two directions apart', async () => {
    const held = holdBack(fixture.port);
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await held.begun;
    const outcome = fixture.gateway.link.execute(station, 1, CLEAR, within(2000));
    const [, id] = await client.next();
    client.send([3, id, {}]);
    assert.equal((await outcome).status, 'accepted', 'while the message of the station is still being handled');
    const waiting = fixture.gateway.link.execute(station, 1, CLEAR, within(2000));
    const [, secondId] = await client.next();
    held.release();
    assert.deepEqual(await client.next(), [3, 'm1', {}], 'while our call is still without an answer');
    client.send([4, secondId, 'NotSupported', '', {}]);
    assert.equal((await waiting).status, 'failed');
  });

  it('tells that a sent command has an unknown end when the socket is lost, and one in the queue was not sent', async () => {
    const client = await fixture.connect('CP1');
    const sent = fixture.gateway.link.execute(station, 1, CLEAR, within(2000));
    const queued = fixture.gateway.link.execute(station, 1, CLEAR, within(2000));
    await client.next();
    client.socket.terminate();
    assert.equal((await sent).status, 'unknown');
    assert.equal((await queued).status, 'offline');
  });

  it('is offline for a station that was never here', async () => {
    const outcome = await fixture.gateway.link.execute(station, 1, CLEAR, within(2000));
    assert.equal(outcome.status, 'offline');
    assert.deepEqual(outcome.response, { error: 'offline', message: 'The station is not connected.' });
  });

  it('turns a defect of a dialect into a failed command', async () => {
    await fixture.connect('CP1');
    const reset: StationCommand = { action: 'reset-station', payload: { type: 'OnIdle' } };
    const outcome = await fixture.gateway.link.execute(station, 1, reset, within(2000));
    assert.equal(outcome.status, 'failed');
    assert.ok(fixture.log.some((line) => line.level === 'error' && line.facts.action === 'reset-station'));
  });

  it('reads an action through its dialect', async () => {
    const { link } = fixture.gateway;
    assert.deepEqual(await link.interpret('ocpp1.6', 'ClearCache', {}), { kind: 'command', command: CLEAR });
    assert.deepEqual(await link.interpret('ocpp1.6', 'Nonsense', {}), { kind: 'unknown-action' });
    assert.equal((await link.interpret('ocpp9', 'ClearCache', {})).kind, 'invalid');
  });

  it('disconnects the socket of an epoch, with a reason that fits a close frame', async () => {
    const client = await fixture.connect('CP1');
    await fixture.gateway.link.disconnect(station, 2, 'not this one');
    assert.equal((await client.call('Heartbeat'))[0], 3);
    const reason = `the password was changed ${'ü'.repeat(100)}`;
    await fixture.gateway.link.disconnect(station, 1, reason);
    const closed = await client.closed;
    assert.equal(closed.code, 1008);
    assert.ok(reason.startsWith(closed.reason) && closed.reason.length > 60);
    const told = await fixture.port.called('disconnected');
    assert.equal((told.argument as { reason: string }).reason, reason);
  });
});
