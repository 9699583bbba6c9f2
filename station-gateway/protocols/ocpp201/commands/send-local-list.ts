import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';
import { toListSentFacts } from '../../ocpp-j/values/answers.ts';
import { toUtcIfGiven } from '../../ocpp-j/values/times.ts';
import type { Ocpp201Command } from '../command.ts';
import { toGroup, toToken } from '../values/token.ts';

/** Another one is none of a neutral list: the message is then sent as it is. */
type ListedStatus = 'Accepted' | 'Blocked' | 'Expired' | 'Invalid';

/** SendLocalList (OCPP 2.0.1 Part 2 §1.52; D01). */
export const sendLocalList: Ocpp201Command<'send-local-list', 'SendLocalList'> = {
  command: 'send-local-list',
  action: 'SendLocalList',
  toCalls: ({ payload }) => [
    {
      versionNumber: payload.versionNumber,
      updateType: payload.updateType,
      localAuthorizationList: payload.localAuthorizationList?.map(({ idToken, idTokenType, idTokenInfo }) => ({
        idToken: toToken(idToken, idTokenType),
        ...(idTokenInfo === undefined
          ? {}
          : {
              idTokenInfo: {
                status: idTokenInfo.status,
                groupIdToken: toGroup(idTokenInfo.groupIdToken),
                cacheExpiryDateTime: toUtcIfGiven(idTokenInfo.expiresAt),
              },
            }),
      })),
    },
  ],
  toOutcome: withFacts(byStatus('Accepted'), toListSentFacts),
  fromPayload: ({ versionNumber, updateType, localAuthorizationList }) => ({
    action: 'send-local-list',
    payload: {
      versionNumber,
      updateType,
      localAuthorizationList: localAuthorizationList?.map(({ idToken, idTokenInfo: info }) => ({
        idToken: idToken.idToken,
        idTokenType: idToken.type,
        ...(info === undefined
          ? {}
          : {
              idTokenInfo: {
                status: info.status as ListedStatus,
                groupIdToken: info.groupIdToken?.idToken,
                expiresAt: toUtcIfGiven(info.cacheExpiryDateTime),
              },
            }),
      })),
    },
  }),
};
