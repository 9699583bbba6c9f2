import assert from 'node:assert/strict';
import { offlineVariables } from './offline-variables.ts';

const RULES = {
  localAuthorizeOffline: true,
  localPreAuthorize: false,
  allowOfflineTxForUnknownId: true,
  stopOnInvalidId: false,
  masterPassGroupId: 'GUARDS',
};

describe('rules for stations without connection', () => {
  it('have names in both vocabularies', () => {
    assert.deepEqual(offlineVariables(RULES, 'keys'), [
      { component: null, variable: 'LocalAuthorizeOffline', value: 'true' },
      { component: null, variable: 'LocalPreAuthorize', value: 'false' },
      { component: null, variable: 'AllowOfflineTxForUnknownId', value: 'true' },
      { component: null, variable: 'StopTransactionOnInvalidId', value: 'false' },
    ]);
    assert.deepEqual(offlineVariables(RULES, 'components'), [
      { component: 'AuthCtrlr', variable: 'LocalAuthorizeOffline', value: 'true' },
      { component: 'AuthCtrlr', variable: 'LocalPreAuthorize', value: 'false' },
      { component: 'AuthCtrlr', variable: 'OfflineTxForUnknownIdEnabled', value: 'true' },
      { component: 'TxCtrlr', variable: 'StopTxOnInvalidId', value: 'false' },
      { component: 'AuthCtrlr', variable: 'MasterPassGroupId', value: 'GUARDS' },
    ]);
  });

  it('are left to the station where nothing is said', () => {
    const silent = {
      localAuthorizeOffline: null,
      localPreAuthorize: null,
      allowOfflineTxForUnknownId: false,
      stopOnInvalidId: null,
      masterPassGroupId: null,
    };
    assert.deepEqual(offlineVariables(silent, 'components'), [
      { component: 'AuthCtrlr', variable: 'OfflineTxForUnknownIdEnabled', value: 'false' },
    ]);
  });
});
