import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { toListSentFacts } from '../../ocpp-j/values/answers.ts';
import { toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import type { Ocpp16Command } from '../command.ts';

/** SendLocalList (OCPP 1.6 §6.41). */
export const sendLocalList: Ocpp16Command<'send-local-list', 'SendLocalList'> = {
  command: 'send-local-list',
  action: 'SendLocalList',
  toCalls: ({ payload }) => [
    {
      listVersion: payload.versionNumber,
      updateType: payload.updateType,
      localAuthorizationList: payload.localAuthorizationList?.map(({ idToken, idTokenInfo }) => ({
        idTag: idToken,
        idTagInfo: idTokenInfo && {
          status: idTokenInfo.status,
          parentIdTag: idTokenInfo.groupIdToken,
          expiryDate: toUtcIfGiven(idTokenInfo.expiresAt),
        },
      })),
    },
  ],
  toOutcome: withFacts(byStatus('Accepted'), toListSentFacts),
  fromPayload: ({ listVersion, updateType, localAuthorizationList }) => ({
    action: 'send-local-list',
    payload: {
      versionNumber: listVersion,
      updateType,
      localAuthorizationList: localAuthorizationList?.map(({ idTag, idTagInfo }) => ({
        idToken: idTag,
        idTokenInfo: idTagInfo && {
          // Only relevant for StartTransaction (OCPP 1.6 §7.2): in a list it is a valid card.
          status: idTagInfo.status === 'ConcurrentTx' ? 'Accepted' : idTagInfo.status,
          groupIdToken: idTagInfo.parentIdTag,
          expiresAt: toUtcIfGiven(idTagInfo.expiryDate),
        },
      })),
    },
  }),
};
