import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Stage } from '../testing/stage.ts';
import { Faults, spoilPayload } from './faults.ts';

describe('simulated station: faults on demand', () => {
  it('repeats a message under a new id once it was answered', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.spoilCall({ action: 'StartTransaction', fault: { kind: 'repeat', repetitions: 2 } });
    station.faults.spoilCall({ action: 'StopTransaction', fault: { kind: 'repeat' } });
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.settle();
    station.unplug(1);
    await stage.time.settle();
    const sent = (action: string) => stage.central.calls.filter((call) => call.action === action);
    assert.equal(sent('StartTransaction').length, 3);
    assert.equal(new Set(sent('StartTransaction').map(({ messageId }) => messageId)).size, 3);
    assert.equal(sent('StopTransaction').length, 2);
    assert.deepEqual(sent('StopTransaction')[0]?.payload, sent('StopTransaction')[1]?.payload);
    assert.equal(station.acknowledged.starts[0]?.response.transactionId, 1, 'the first answer counts');
  });

  it('sends wrong payloads past the strict library and takes the answer', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.spoilCall({ action: 'StartTransaction', fault: { kind: 'wrong-types' } });
    station.faults.spoilCall({ action: 'StopTransaction', fault: { kind: 'vendor-fields' } });
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await stage.time.settle();
    assert.deepEqual(stage.central.of('StartTransaction')[0], {
      connectorId: '1',
      idTag: 'TAG-1',
      meterStart: '1000000',
      timestamp: '2025-03-10T08:00:00.000Z',
    });
    assert.equal(station.connector(1).transaction?.transactionId, 1);
    station.unplug(1);
    await stage.time.settle();
    assert.deepEqual(stage.central.of('StopTransaction')[0]?.vendorExtension, { note: 'not in the schema', level: 1 });
    assert.equal(station.acknowledged.stops.length, 1);
    assert.ok(stage.central.violations.some((violation) => violation.includes('meterStart must be number')));
  });

  it('omits and replaces fields, and takes a CALLERROR for it', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    stage.central.answer('Heartbeat', {});
    station.faults.spoilCall({ action: 'Heartbeat', fault: { kind: 'set-field', field: 'currentTime', value: null } });
    const answered = station.waitFor('answered', ({ action }) => action === 'Heartbeat');
    await stage.central.ask('CP-1', 'TriggerMessage', { requestedMessage: 'Heartbeat' });
    await answered;
    assert.deepEqual(stage.central.of('Heartbeat')[0], { currentTime: null });
    assert.deepEqual(spoilPayload({ a: 1, b: 2 }, { kind: 'omit-field', field: 'a' }), { b: 2 });
  });

  it('sends broken JSON before the right frame', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.spoilCall({ action: 'Authorize', fault: { kind: 'malformed-json' } });
    await station.presentCard(1, 'TAG-1');
    assert.deepEqual(stage.central.violations, ['CP-1: not JSON']);
    assert.equal(stage.central.of('Authorize').length, 1);
  });

  it('strikes as often as told, after as many as told', () => {
    const faults = new Faults();
    faults.spoilCall({ action: '*', fault: { kind: 'malformed-json' }, skip: 1, times: 2 });
    assert.equal(faults.takeForCall('Heartbeat', {}), undefined);
    assert.equal(faults.takeForCall('Authorize', {})?.kind, 'malformed-json');
    assert.equal(faults.takeForCall('Heartbeat', {})?.kind, 'malformed-json');
    assert.equal(faults.takeForCall('Heartbeat', {}), undefined);
    assert.throws(() => faults.spoilCall({ action: '*', fault: { kind: 'repeat' }, times: 0 }), {
      code: 'simulator.invalid_option',
    });
    faults.spoilAnswer({ action: 'Reset', fault: { kind: 'never-answer' } });
    faults.clear();
    assert.equal(faults.takeForAnswer('Reset', {}), undefined);
  });

  it('skews, resets and mangles its clock', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    const told = async () => {
      const next = stage.central.next('StatusNotification');
      await stage.central.ask('CP-1', 'TriggerMessage', { requestedMessage: 'StatusNotification', connectorId: 1 });
      return (await next).payload.timestamp;
    };
    station.faults.clock = { kind: 'offset', milliseconds: -7_200_000 };
    assert.equal(await told(), '2025-03-10T06:00:00.000Z');
    station.faults.clock = { kind: 'no-zone' };
    assert.equal(await told(), '2025-03-10T08:00:00.000');
    station.faults.clock = { kind: 'since-1970' };
    await stage.time.advance(90_000);
    station.plugIn(1);
    assert.equal(await told(), '1970-01-01T00:01:30.000Z');
    station.faults.clear();
    assert.equal(await told(), '2025-03-10T08:01:30.000Z');
  });

  it('answers commands late, wrongly, with an error, or not at all', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    station.faults.spoilAnswer({ action: 'ClearCache', fault: { kind: 'answer-late', delaySeconds: 40 } });
    station.faults.spoilAnswer({ action: 'ClearCache', fault: { kind: 'call-error', code: 'NotSupported' } });
    let late: unknown;
    const answer = stage.central.ask('CP-1', 'ClearCache', {}).then((payload) => {
      late = payload.status;
    });
    await station.waitFor('command');
    await stage.time.advance(39_000);
    assert.equal(late, undefined);
    await stage.time.advance(2_000);
    await answer;
    assert.equal(late, 'Accepted');
    const refused = await stage.central.command('CP-1', 'ClearCache', {});
    assert.equal(refused.kind === 'error' && refused.code, 'NotSupported');
    station.faults.spoilAnswer({
      action: 'GetLocalListVersion',
      fault: { kind: 'wrong-answer', payload: { listVersion: 12 } },
    });
    assert.equal((await stage.central.ask('CP-1', 'GetLocalListVersion', {})).listVersion, 12);
    station.faults.spoilAnswer({ action: 'Reset', fault: { kind: 'never-answer' } });
    let answered = false;
    void stage.central.command('CP-1', 'Reset', { type: 'Hard' }).then(() => {
      answered = true;
    });
    await station.waitFor('powered-off');
    await stage.time.advance(30_000);
    assert.equal(answered, false);
    assert.equal(stage.central.of('BootNotification').length, 2, 'it was carried out all the same');
  });

  it('answers pings, unless told not to', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    const first = stage.central.socket('CP-1');
    first.ping();
    await once(first, 'pong');
    station.faults.neverPong = true;
    await station.reconnect();
    await stage.time.settle();
    const second = stage.central.socket('CP-1');
    let ponged = false;
    second.on('pong', () => {
      ponged = true;
    });
    second.ping();
    // The command's answer comes after where the pong would have been.
    await stage.central.ask('CP-1', 'ClearCache', {});
    assert.equal(ponged, false);
  });

  it('notices when the central system breaks the protocol', async () => {
    await using stage = await Stage.open();
    const station = await stage.started();
    stage.central.answer('Authorize', { idTagInfo: { status: 'Perhaps' } });
    const violation = station.waitFor('violation');
    assert.equal((await station.presentCard(1, 'TAG-1')).outcome, 'refused');
    assert.match((await violation).what, /^Authorize: /);
    const frame = station.waitFor('violation');
    stage.central.sendText('CP-1', '{}');
    assert.match((await frame).what, /array/);
  });
});
