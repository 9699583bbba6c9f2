import assert from 'node:assert/strict';
import { inspectOcpp, notAMessage } from './inspect.ts';

describe('a message of OCPP for people', function () {
  // Compiles the schemas of three versions.
  this.timeout(60_000);

  it('names the versions in which a call is valid', async () => {
    const heartbeat = await inspectOcpp('[2,"1","Heartbeat",{}]');
    assert.deepEqual(heartbeat, {
      protocol: 'ocpp',
      messageType: 'CALL',
      messageId: '1',
      action: 'Heartbeat',
      payload: {},
      versions: ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'],
    });
  });

  it('says what is wrong in the versions that have the action', async () => {
    const boot = await inspectOcpp('[2,"1","BootNotification",{"chargePointVendor":"A","chargePointModel":"B"}]');
    assert.deepEqual(boot.versions, ['ocpp1.6']);
    assert.ok(boot.problems?.['ocpp2.0.1']?.some(({ path }) => path === '/chargingStation'));
  });

  it('tells calls from messages that are never answered', async () => {
    assert.deepEqual((await inspectOcpp('[6,"1","Heartbeat",{}]')).versions, []);
  });

  it('reads answers and errors', async () => {
    assert.deepEqual(await inspectOcpp('[3,"7",{"status":"Accepted"}]'), {
      protocol: 'ocpp',
      messageType: 'CALLRESULT',
      messageId: '7',
      payload: { status: 'Accepted' },
      versions: [],
    });
    const error = await inspectOcpp('[4,"7","FormationViolation","bad",{}]');
    assert.deepEqual(error.payload, { code: 'FormatViolation', description: 'bad', details: {} });
  });

  it('refuses what is none', async () => {
    for (const text of ['', '{}', '[]', '[2]', '[9,"1","Heartbeat",{}]', '[2,"1",']) {
      await assert.rejects(inspectOcpp(text), notAMessage.is, text);
    }
  });
});
