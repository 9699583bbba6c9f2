import assert from 'node:assert/strict';
import type { CommandDocument } from './harness/api-views.ts';
import { BareStation, CallRefused } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

interface Logged {
  readonly action: string | null;
  readonly direction: string;
  readonly outcome: string;
  readonly errorCode: string | null;
  readonly request: string;
  readonly response: string | null;
  readonly latencyMs: number | null;
}

describe('the message log of a station', () => {
  let server: ServerInProcess;

  before(async () => {
    server = await startInProcess({ config: { onboarding: 'accept' } });
  });
  after(() => server[Symbol.asyncDispose]());

  it('shows what went wrong, or everything, with the answer beside the message', async () => {
    const api = await server.login();
    await using station = await BareStation.connect(server.ocpp, 'logged', { protocols: ['ocpp2.0.1'] });
    const logged = (count: number) =>
      eventually(`${count} logged messages`, async () => {
        const all = await api.all<Logged>('/message-log?stationId=logged');
        return all.length >= count && all.toReversed();
      });
    // By default: what went wrong.
    await station.call('Heartbeat', {});
    await assert.rejects(station.call('OrderPizza', {}), CallRefused);
    station.sendText('{"not":"a message"}');
    await station.nextStray();
    const errors = await logged(2);
    assert.deepEqual(
      errors.map(({ action, outcome, errorCode }) => [action, outcome, errorCode]),
      [
        ['OrderPizza', 'error', 'NotImplemented'],
        [null, 'malformed', 'not-a-message'],
      ],
    );
    assert.match(errors[0]?.response ?? '', /^\[4,/);
    assert.equal(errors[1]?.request, '{"not":"a message"}');

    const setting = await api.patch('/stations/logged/message-log', { level: 'all' });
    assert.deepEqual(setting, { stationId: 'logged', level: 'all', isDefault: false, droppedSinceStart: 0 });
    await station.call('Heartbeat', {});
    const command = await api.post<CommandDocument>('/stations/logged/commands', {
      action: 'set-variables',
      payload: {
        variables: [
          { component: { name: 'SecurityCtrlr' }, variable: 'BasicAuthPassword', value: 'a-very-secret-password' },
        ],
      },
    });
    const call = await station.nextCall('SetVariables');
    call.reply({
      setVariableResult: [
        { attributeStatus: 'Rejected', component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } },
      ],
    });
    const all = await logged(4);
    const [beat, set] = all.slice(2);
    assert.deepEqual([beat?.action, beat?.outcome, beat?.direction], ['Heartbeat', 'result', 'from-station']);
    assert.match(beat?.response ?? '', /currentTime/);
    assert.deepEqual([set?.action, set?.direction, set?.outcome], ['SetVariables', 'to-station', 'result']);
    assert.ok(!set?.request.includes('a-very-secret-password') && set?.request.includes('***'));
    assert.match(set?.response ?? '', /Rejected/);
    assert.ok(command.id.length > 0);

    await api.patch('/stations/logged/message-log', { level: 'off' });
    await assert.rejects(station.call('OrderPizza', {}), CallRefused);
    await api.patch('/stations/logged/message-log', { level: 'all' });
    await station.call('Heartbeat', {});
    assert.deepEqual((await logged(5)).map(({ action }) => action).slice(4), ['Heartbeat']);

    const lines = (await api.text('/message-log/export?stationId=logged&outcome=result')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as Logged).action),
      ['Heartbeat', 'SetVariables', 'Heartbeat'],
    );
  });
});
