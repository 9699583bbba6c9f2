import assert from 'node:assert/strict';
import { domainAway, domainRefuses, FakeStationPort } from '../testing/fake-station-port.ts';
import { DisconnectReporter } from './disconnect-reporter.ts';

function reporterOf(port: FakeStationPort): { reporter: DisconnectReporter; lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (_facts: object, text: string) => lines.push(`${level} ${text}`);
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { reporter: new DisconnectReporter(port, logger), lines };
}

describe('the disconnect reporter', () => {
  it('tells the newest epoch of each station, so many at a time', async () => {
    const port = new FakeStationPort();
    const first = Promise.withResolvers<void>();
    let atOnce = 0;
    port.beforeDisconnected = () => {
      atOnce += 1;
      return first.promise;
    };
    const { reporter } = reporterOf(port);
    for (let n = 0; n < 100; n += 1) reporter.report(`station-${n}`, 2, 'gone');
    reporter.report('station-99', 1, 'an older one');
    reporter.report('station-99', 3, 'a newer one');
    assert.equal(atOnce, 16);
    assert.equal(reporter.pending, 100);
    first.resolve();
    await reporter.stop(5000);
    const told = port.calls.filter((call) => (call.argument as { station: string }).station === 'station-99');
    assert.deepEqual(
      told.map((call) => call.epoch),
      [3],
    );
    assert.equal(port.count('disconnected'), 100);
  });

  it('does not repeat what the domain refuses', async () => {
    const port = new FakeStationPort();
    let tries = 0;
    port.beforeDisconnected = () => {
      tries += 1;
      throw domainRefuses();
    };
    const { reporter, lines } = reporterOf(port);
    reporter.report('station', 1, 'gone');
    await reporter.stop(5000);
    assert.equal(tries, 1);
    assert.deepEqual(lines, ['error the end of a connection was refused by the domain']);
  });

  it('leaves an old epoch when a newer one waits', async () => {
    const port = new FakeStationPort();
    const away = Promise.withResolvers<void>();
    port.beforeDisconnected = () => away.promise;
    const { reporter } = reporterOf(port);
    for (let n = 0; n < 16; n += 1) reporter.report(`station-${n}`, 1, 'gone');
    reporter.report('station-0', 2, 'gone again');
    port.beforeDisconnected = () => undefined;
    away.reject(domainAway());
    await reporter.stop(5000);
    const epochs = port.calls.filter((call) => (call.argument as { station: string }).station === 'station-0');
    assert.deepEqual(
      epochs.map((call) => call.epoch),
      [2],
    );
  });

  it('says how many it could not report before the stop', async () => {
    const port = new FakeStationPort();
    port.beforeDisconnected = () => {
      throw domainAway();
    };
    const { reporter, lines } = reporterOf(port);
    for (let n = 0; n < 20; n += 1) reporter.report(`station-${n}`, 1, 'gone');
    await reporter.stop(50);
    assert.ok(lines.includes('warn closed connections could not be reported before the stop'));
  });
});
