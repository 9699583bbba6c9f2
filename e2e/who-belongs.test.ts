import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import type { CommandDocument, StationDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import type { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { eventually } from './harness/eventually.ts';
import { makeTemporaryFolder, removeFolder } from './harness/temporary-folder.ts';
import { useCluster } from './harness/use-cluster.ts';

const OTHER_SECRET = 'another secret, of more than 32 characters';

describe('a process that does not belong to the cluster', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;

  useCluster(
    { nodes: { gateway: ['station-gateway'], csms: ['csms'], others: ['billing', 'operations', 'admin-api'] } },
    (started) => {
      cluster = started;
    },
  );

  it('does not start on another database, and leaves that one alone', async () => {
    await using other = await createTestDatabase();
    const wrong =
      /Voltpile cannot start\. The database .* is not the one in which this cluster keeps what belongs to csms/;
    const [own, all] = await Promise.allSettled([
      cluster.add('wrong-own', ['csms'], { VOLTPILE_CSMS_DATABASE_URL: other.url }),
      cluster.add('wrong-all', ['csms'], { DATABASE_URL: other.url }),
    ]);
    assert.ok(own.status === 'rejected' && all.status === 'rejected');
    assert.match(own.reason.message, /the server ended \(1\)/);
    assert.match(own.reason.message, wrong);
    assert.match(own.reason.message, /Check VOLTPILE_CSMS_DATABASE_URL\./);
    assert.match(all.reason.message, /The database .* is not the one in which this cluster keeps users, settings/);
    assert.match(all.reason.message, /as the process \d+ on .* knows it\. Check DATABASE_URL\./);
    const { rows } = await other.pool.query(`select from pg_namespace where nspname in ('platform', 'csms')`);
    assert.deepEqual(rows, []);
  });

  it('does not start with another secret', async () => {
    for (const role of ['csms', 'admin-api'] as const) {
      await assert.rejects(
        cluster.add(`secret-${role}`, [role], { VOLTPILE_SECRET: OTHER_SECRET }),
        /Voltpile cannot start\. VOLTPILE_SECRET is not the one of this cluster, as the database .* knows it/,
      );
    }
  });

  it('does not start with another secret while nobody runs who could tell, until the operator allows it', async () => {
    await cluster.node('others').stop();
    await cluster.node('csms').stop();
    const late = () => cluster.add('late', ['csms'], { VOLTPILE_SECRET: OTHER_SECRET });
    await assert.rejects(late(), /VOLTPILE_SECRET is not the one of this cluster, as the database .* knows it/);
    const noted = await cluster.query<{ name: string; value: string }>(
      'select name, value from platform.cluster_facts',
    );
    await cluster.query(`delete from platform.cluster_facts where name = 'secret'`);
    await (await late()).stop();
    await cluster.query('delete from platform.cluster_facts');
    for (const { name, value } of noted) {
      await cluster.query('insert into platform.cluster_facts (name, value) values ($1, $2)', [name, value]);
    }
    await Promise.all([cluster.node('csms').start(), cluster.node('others').start()]);
  });

  it('does not start with the node id of another one, whose stations stay where they are', async () => {
    const api = await cluster.login();
    const gateway = cluster.node('gateway');
    await using station = await BareStation.connect(gateway.ready.ocpp, 'held');
    const copy = await makeTemporaryFolder();
    try {
      await copyFile(join(gateway.dataDir, 'node-id'), join(copy, 'node-id'));
      await assert.rejects(
        cluster.add('twin', ['station-gateway'], { VOLTPILE_DATA_DIR: copy }),
        ({ message }: Error) => {
          assert.match(
            message,
            new RegExp(`cannot start\\. Another process of the cluster \\(pid ${gateway.ready.pid} `),
          );
          return message.includes(`Remove the file ${join(copy, 'node-id')}`);
        },
      );
    } finally {
      await removeFolder(copy);
    }
    const command = await api.post<CommandDocument>('/stations/held/commands', { action: 'clear-cache', payload: {} });
    (await station.nextCall('ClearCache')).reply({ status: 'Accepted' });
    await eventually('the answer', async () => {
      return (await api.get<CommandDocument>(`/commands/${command.id}`)).status === 'accepted';
    });
    assert.equal((await api.get<StationDocument>('/stations/held')).online, true);
  });

  it('is not a gateway that was killed and is back at once', async () => {
    const api = await cluster.login();
    await using held = await BareStation.connect(cluster.node('gateway').ready.ocpp, 'before');
    const command = await api.post<CommandDocument>('/stations/before/commands', {
      action: 'clear-cache',
      payload: {},
      timeoutSeconds: 600,
    });
    await held.nextCall('ClearCache');
    await cluster.node('gateway').kill9();
    await cluster.node('gateway').start();
    // What the one before had in hand is lost, long before its time is over.
    await eventually('the end of the command', async () => {
      return (await api.get<CommandDocument>(`/commands/${command.id}`)).status === 'unknown';
    });
    await using station = await BareStation.connect(cluster.node('gateway').ready.ocpp, 'back');
    assert.ok(await station.call('Heartbeat', {}));
  });
});
