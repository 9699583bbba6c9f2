import type { OfflinePolicy } from '../contract/offline-policy.ts';
import type { OfflineVariable } from '../contract/offline-rules-port.ts';
import type { Vocabulary } from '../stations/station-vocabulary.ts';

/** Rules that a station can be told, with the group that stops any transaction. */
export interface OfflineRules extends OfflinePolicy {
  readonly masterPassGroupId: string | null;
}

type Name = Pick<OfflineVariable, 'component' | 'variable'>;

/**
 * What each rule is called, by the vocabulary of the station: OCPP 1.6 §9.1, OCPP 2.0.1 part 2 §2.1.3 and following. Data about names, so that
 * no rule has to know a dialect; null: the vocabulary has no such variable.
 */
const NAMES: Readonly<Record<Vocabulary, Readonly<Record<keyof OfflineRules, Name | null>>>> = {
  keys: {
    localAuthorizeOffline: { component: null, variable: 'LocalAuthorizeOffline' },
    localPreAuthorize: { component: null, variable: 'LocalPreAuthorize' },
    allowOfflineTxForUnknownId: { component: null, variable: 'AllowOfflineTxForUnknownId' },
    stopOnInvalidId: { component: null, variable: 'StopTransactionOnInvalidId' },
    masterPassGroupId: null,
  },
  components: {
    localAuthorizeOffline: { component: 'AuthCtrlr', variable: 'LocalAuthorizeOffline' },
    localPreAuthorize: { component: 'AuthCtrlr', variable: 'LocalPreAuthorize' },
    allowOfflineTxForUnknownId: { component: 'AuthCtrlr', variable: 'OfflineTxForUnknownIdEnabled' },
    stopOnInvalidId: { component: 'TxCtrlr', variable: 'StopTxOnInvalidId' },
    masterPassGroupId: { component: 'AuthCtrlr', variable: 'MasterPassGroupId' },
  },
};

/** The variables that tell a station the rules; those that are left to the station, or that it has no name for, are missing. */
export function offlineVariables(rules: OfflineRules, vocabulary: Vocabulary): OfflineVariable[] {
  const names = NAMES[vocabulary];
  return (Object.keys(names) as (keyof OfflineRules)[]).flatMap((rule) => {
    const name = names[rule];
    const value = rules[rule];
    return name === null || value === null ? [] : [{ ...name, value: String(value) }];
  });
}
