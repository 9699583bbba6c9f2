import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needsNatsServer } from '@voltpile/platform/testing/nats-server';
import { type Exit, type ServerProcess, spawnServer } from '@voltpile/server/testing/server-process';
import { ApiClient } from './harness/api-client.ts';
import type { TransactionDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { makeTemporaryFolder, removeFolder } from './harness/temporary-folder.ts';

const ENTRY = join(import.meta.dirname, '..', 'deploy', 'local-cluster', 'main.mjs');
const ONE_OF_EACH = ['gateways', 'csms', 'billing', 'operations', 'api', 'nats'].flatMap((name) => [`--${name}`, '1']);
const LOGIN = /^The first administrator is (\S+) with the password (\S+) \(shown this once\)\.$/;

describe('npm run cluster', function () {
  this.timeout(90_000);
  let folder: string;
  let launched: ServerProcess;

  before(async function () {
    needsNatsServer(this);
    folder = await makeTemporaryFolder();
    const settings = { VOLTPILE_DATA_DIR: folder, VOLTPILE_ONBOARDING: 'accept' };
    launched = spawnServer(settings, ENTRY, ONE_OF_EACH);
    await launched.ready;
  });
  after(async () => {
    await launched?.[Symbol.asyncDispose]();
    if (folder !== undefined) await removeFolder(folder);
  });

  it('charges through the balancers, and leaves nothing behind when it is stopped', async () => {
    const { http, ocpp } = await launched.ready;
    const [, email = '', password = ''] = await eventually('the password', () =>
      launched.stderr.map((line) => LOGIN.exec(line)).find((found) => found !== null),
    );
    const api = await ApiClient.login(http, email, password);
    await api.post('/id-tokens', { idToken: 'CARD-1', type: 'ISO14443', status: 'Accepted' });
    {
      await using station = await BareStation.connect(ocpp, 'pile-1');
      await station.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
      const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
      const { transactionId } = await station.call<{ transactionId: number }>('StartTransaction', {
        connectorId: 1,
        idTag: 'CARD-1',
        meterStart: 1000,
        timestamp: at(-60),
      });
      await station.call('StopTransaction', { transactionId, idTag: 'CARD-1', meterStop: 1500, timestamp: at(0) });
    }
    const charged = await api.get<{ items: TransactionDocument[] }>('/transactions?stationId=pile-1');
    assert.deepEqual(
      charged.items.map(({ status, energyWh }) => [status, energyWh]),
      [['ended', 500]],
    );
    // The password is on the screen only.
    for (const name of ['api-1', 'gateway-1']) {
      const log = await readFile(join(folder, 'logs', `${name}.log`), 'utf8');
      assert.ok(!log.includes(password) && log.includes('voltpile ready'), log);
    }

    const pids = launched.stderr.flatMap((line) => /^ {2}[a-z]+-1 +(\d+) /.exec(line)?.[1] ?? []);
    assert.equal(pids.length, 6, launched.stderr.join('\n'));
    if (process.platform === 'linux') assert.deepEqual(pids.map(runs), Array(6).fill(true));
    const exit: Exit = await launched.kill('SIGINT');
    assert.deepEqual(exit, { code: 0, signal: null }, launched.stderr.join('\n'));
    assert.deepEqual(pids.filter(runs), []);
    assert.deepEqual(
      launched.stderr.filter((line) => / (ended|killed)/.test(line)),
      [],
    );
  });
});

function runs(pid: string): boolean {
  return existsSync(`/proc/${pid}`);
}
