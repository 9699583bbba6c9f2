import type { OfflinePolicy } from '@voltpile/csms/contract/offline-policy';
import type { OfflineRulesView } from '@voltpile/csms/contract/offline-rules-port';
import * as z from 'zod';

const rules = {
  localAuthorizeOffline: z
    .boolean()
    .nullable()
    .meta({ description: 'Id tokens of the local list or the cache may charge without connection.' }),
  localPreAuthorize: z
    .boolean()
    .nullable()
    .meta({ description: 'Id tokens of the local list or the cache may charge before they were asked about.' }),
  allowOfflineTxForUnknownId: z
    .boolean()
    .nullable()
    .meta({ description: 'Id tokens that the station does not know may charge without connection.' }),
  stopOnInvalidId: z
    .boolean()
    .nullable()
    .meta({ description: 'A charge that began without asking ends when its id token is refused.' }),
};

export const offlinePolicy = z
  .object(rules)
  .meta({ id: 'OfflinePolicy', description: 'null: as the station has it.' }) satisfies z.ZodType<OfflinePolicy>;

/** What is not named is left to the station. */
export const offlinePolicyInput = z
  .strictObject({
    localAuthorizeOffline: rules.localAuthorizeOffline.default(null),
    localPreAuthorize: rules.localPreAuthorize.default(null),
    allowOfflineTxForUnknownId: rules.allowOfflineTxForUnknownId.default(null),
    stopOnInvalidId: rules.stopOnInvalidId.default(null),
  })
  .meta({
    id: 'OfflinePolicyInput',
    description: 'What stations may do while they cannot ask. A rule that is null or not named is left to the station.',
  });

export const offlineRulesView = z
  .object({
    stationId: z.string(),
    policy: offlinePolicy,
    masterPassGroupId: z.string().nullable(),
    variables: z
      .array(z.object({ component: z.string().nullable(), variable: z.string(), value: z.string() }))
      .meta({ description: 'What the station would be told, in its own words.' }),
  })
  .meta({ id: 'OfflineRules' }) satisfies z.ZodType<OfflineRulesView>;
