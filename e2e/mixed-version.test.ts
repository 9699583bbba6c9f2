import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { PortContract } from '@voltpile/kernel/port-contract';
import { needsNatsServer } from '@voltpile/platform/testing/nats-server';
import { MAIN } from '@voltpile/server/testing/server-process';
import { ClusterUnderTest } from './harness/cluster-under-test.ts';
import { chargeThroughTrouble } from './harness/durability-scenarios.ts';
import { type OlderVersion, unpackVersion } from './harness/older-version.ts';

/**
 * The version that this one must be able to take over from while piles charge: the last one released, or as long as there is none, the first that can. To be
 * moved on with each release.
 */
const OLDER = 'f70803813418785c95949d5230357601aa4525b7';
const LOAD = { stations: 15, meterValuesPerCharge: 4, answersAround: 60 };
/** As docs/guides/cluster.md has it: those who are asked before those who ask. */
const ORDER = ['csms-2', 'others', 'gateway'];

const ROOT = join(import.meta.dirname, '..');

/** `station v1 booted` */
function methodsOf(contracts: Readonly<Record<string, PortContract<object>>>): string[] {
  return Object.values(contracts).flatMap(({ name, version, methods }) =>
    Object.keys(methods ?? {}).map((method) => `${name} v${version} ${method}`),
  );
}

describe('an upgrade while piles charge', function () {
  this.timeout(300_000);
  let older: OlderVersion | undefined;
  let cluster: ClusterUnderTest | undefined;

  before(async function () {
    const natsServer = needsNatsServer(this);
    older = await unpackVersion(OLDER);
    if (older === undefined) {
      process.stderr.write(
        `SKIPPED: commit ${OLDER} is not in this clone (git fetch --unshallow), or there is no git\n`,
      );
      return this.skip();
    }
    cluster = await ClusterUnderTest.start(natsServer, {
      nodes: {
        gateway: ['station-gateway'],
        'csms-1': ['csms'],
        'csms-2': ['csms'],
        others: ['billing', 'operations', 'admin-api'],
      },
      entry: older.entry,
    });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await older?.[Symbol.asyncDispose]();
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(cluster?.log.slice(-80).join('\n'));
  });

  it('finds every port and method that the older version asks for', async () => {
    const root = (older as OlderVersion).root;
    for (const room of ['csms', 'billing', 'operations']) {
      const path = join(room, 'contract', 'ports.ts');
      const now = methodsOf(await import(join(ROOT, path)));
      const asked = methodsOf(await import(join(root, path)));
      assert.ok(asked.length > 0);
      assert.deepEqual(
        asked.filter((method) => !now.includes(method)),
        [],
      );
    }
  });

  it('loses nothing and doubles nothing, process by process, nor when one is taken back', async () => {
    const upgraded = cluster as ClusterUnderTest;
    const replace = async (name: string, entry = MAIN) => {
      await upgraded.node(name).stop();
      await upgraded.node(name).start(entry);
    };
    await chargeThroughTrouble(upgraded, { ...LOAD, fleet: 'm' }, async (_, { moreAnswers }) => {
      await replace('csms-1');
      // The schemas are the newer ones by now: an older process must still be able to start.
      await upgraded.node('csms-2').kill9();
      await upgraded.node('csms-2').start();
      await moreAnswers('the stations charge at both versions');
      for (const name of ORDER) {
        await replace(name);
        await moreAnswers(`the stations charge after ${name}`);
      }
      await replace('csms-1', older?.entry);
      await moreAnswers('the stations charge with one process of the older version again');
    });
  });
});
