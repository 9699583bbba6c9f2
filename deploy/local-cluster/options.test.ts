import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { HELP, readOptions } from './options.ts';

describe('options of npm run cluster', () => {
  it('has two of each role and three brokers when nothing is said', () => {
    assert.deepEqual(readOptions([], {}), {
      counts: { 'station-gateway': 2, csms: 2, billing: 2, operations: 2, 'admin-api': 2 },
      brokers: 3,
      dataDir: resolve('data-cluster'),
      ports: { http: 8080, ocpp: 9220, ykc: 8768 },
    });
  });

  it('takes the command line before the environment', () => {
    const environment = { VOLTPILE_HTTP_PORT: '0', VOLTPILE_OCPP_PORT: '0', VOLTPILE_DATA_DIR: '/tmp/somewhere' };
    const args = ['--gateways', '3', '--csms=4', '--nats', '1', '--ocpp-port', '9999'];
    const options = readOptions(args, environment);
    assert.equal(options?.counts['station-gateway'], 3);
    assert.equal(options?.counts.csms, 4);
    assert.equal(options?.brokers, 1);
    assert.equal(options?.dataDir, '/tmp/somewhere');
    assert.deepEqual(options?.ports, { http: 0, ocpp: 9999, ykc: 8768 });
  });

  it('names what is wrong', () => {
    for (const [args, problem] of [
      [['--gateways', '0'], '--gateways must be a whole number from 1 to 16'],
      [['--api', 'many'], '--api must be a whole number from 1 to 16'],
      [['--ykc-port', '70000'], '--ykc-port must be a whole number from 0 to 65535'],
      [['--data', ''], '--data must name a folder'],
      [['--gatewys', '2'], "Unknown option '--gatewys'"],
    ] as const) {
      assert.throws(
        () => readOptions(args, {}),
        (error: Error) => error.message.startsWith(problem),
      );
    }
  });

  it('helps, and the help names every option', () => {
    assert.equal(readOptions(['--help'], {}), null);
    for (const option of ['gateways', 'csms', 'billing', 'operations', 'api', 'nats', 'data', 'ykc-port']) {
      assert.ok(HELP.includes(`--${option} `), option);
    }
  });
});
