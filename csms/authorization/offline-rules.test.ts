import assert from 'node:assert/strict';
import { jsonPort } from '@voltpile/platform/ports/json-port';
import { idTokenOnlyStops } from '../commands/accepted-token.ts';
import { EVERYTHING } from '../contract/access-scope.ts';
import { COMMAND_ACTIONS } from '../contract/commands.ts';
import type { OfflineRulesPort } from '../contract/offline-rules-port.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { noOfflineRules } from './offline-rules-service.ts';

describe('what stations may do without connection', () => {
  let bench: CsmsBench;
  let rules: OfflineRulesPort;

  before(async () => {
    bench = await createCsmsBench();
    rules = jsonPort(bench.csms.operatorPorts.offlineRules);
    await bench.connect('NEW');
    await bench.connect('OLD', { capabilities: COMMAND_ACTIONS.filter((action) => action !== 'get-base-report') });
  });
  after(() => bench[Symbol.asyncDispose]());

  it('is told to each station in its own words, on demand', async () => {
    await assert.rejects(rules.apply(EVERYTHING, 'OLD', { requestedBy: null }), noOfflineRules.is);
    await assert.rejects(rules.get(EVERYTHING, 'NOBODY'), stationUnknown.is);
    const { sites } = bench.csms.operatorPorts;
    const [site] = (await sites.listSites(EVERYTHING, {}, { limit: 1 })).items;
    assert.ok(site);
    const offlinePolicy = { ...site.offlinePolicy, allowOfflineTxForUnknownId: false, stopOnInvalidId: true };
    await sites.updateSite(EVERYTHING, site.id, { offlinePolicy });
    await sites.updateOrganization(EVERYTHING, site.organizationId, { masterPassGroupId: 'GUARDS' });
    assert.deepEqual((await rules.get(EVERYTHING, 'OLD')).policy, offlinePolicy);
    const payload = async (id: string): Promise<unknown> => {
      const command = await rules.apply(EVERYTHING, id, { requestedBy: 'ann@example.com' });
      assert.deepEqual([command.action, command.requestedBy], ['set-variables', 'ann@example.com']);
      return command.payload;
    };
    assert.deepEqual(await payload('OLD'), {
      variables: [
        { variable: 'AllowOfflineTxForUnknownId', value: 'false' },
        { variable: 'StopTransactionOnInvalidId', value: 'true' },
      ],
    });
    assert.deepEqual(await payload('NEW'), {
      variables: [
        { component: { name: 'AuthCtrlr' }, variable: 'OfflineTxForUnknownIdEnabled', value: 'false' },
        { component: { name: 'TxCtrlr' }, variable: 'StopTxOnInvalidId', value: 'true' },
        { component: { name: 'AuthCtrlr' }, variable: 'MasterPassGroupId', value: 'GUARDS' },
      ],
    });
  });

  it('starts nothing with a master pass on command either', async () => {
    await bench.csms.operatorPorts.idTokens.create(EVERYTHING, { idToken: 'GUARD', groupIdToken: 'guards' });
    const request = { action: 'start-transaction', payload: { evseId: 1, idToken: 'Guard' }, requestedBy: null };
    await assert.rejects(
      bench.csms.operatorPorts.commands.submit(EVERYTHING, 'NEW', request, ['operate']),
      idTokenOnlyStops.is,
    );
  });
});
