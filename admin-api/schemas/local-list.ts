import type {
  LocalListEntryView,
  LocalListPolicy,
  LocalListSync,
  LocalListView,
} from '@voltpile/csms/contract/local-lists-port';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';

const MEANING =
  '`off` leaves the list alone (one that was kept before is emptied), `all` means every id token of the organisation that may charge, ' +
  '`groups` and `tokens` those of them that are named.';
const givenNames = z.array(text(1, 64)).min(1).max(1000);

export const localListPolicyInput = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('off') }),
    z.strictObject({ kind: z.literal('all') }),
    z.strictObject({ kind: z.literal('groups'), groupIdTokens: givenNames }),
    z.strictObject({ kind: z.literal('tokens'), idTokens: givenNames }),
  ])
  .meta({ id: 'LocalListPolicyInput', description: MEANING }) satisfies z.ZodType<LocalListPolicy>;

export const localListPolicy = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('off') }),
    z.object({ kind: z.literal('all') }),
    z.object({ kind: z.literal('groups'), groupIdTokens: z.array(z.string()) }),
    z.object({ kind: z.literal('tokens'), idTokens: z.array(z.string()) }),
  ])
  .meta({ id: 'LocalListPolicy', description: MEANING }) satisfies z.ZodType<LocalListPolicy>;

export const localListView = z
  .object({
    stationId: z.string(),
    organizationId: uuid,
    siteId: uuid,
    policy: localListPolicy,
    policySource: z.enum(['station', 'site']),
    status: z.enum(['in-step', 'pending', 'failed', 'unsupported', 'unknown']),
    operatorManaged: z
      .boolean()
      .meta({ description: 'A list was sent by hand: nothing is sent by itself until the next sync or policy.' }),
    confirmedVersion: z.int().nullable().meta({ description: 'null: it is not known what the station holds.' }),
    wantedVersion: z.int().nullable().meta({ description: 'The version that the list will have when it is in step.' }),
    entryCount: z.int().nullable(),
    wantedEntryCount: z.int().nullable(),
    leftOutCount: z.int().meta({ description: 'Wanted id tokens that the station cannot hold.' }),
    lastError: z.enum(['version-mismatch', 'refused', 'not-supported', 'no-answer', 'not-sent']).nullable(),
    retryAt: dateTime.nullable(),
    verifiedAt: dateTime.nullable(),
    updatedAt: dateTime.nullable(),
  })
  .meta({ id: 'LocalList' }) satisfies z.ZodType<LocalListView>;

export const localListEntry = z
  .object({
    idToken: z.string(),
    type: z.string().nullable(),
    status: z.string(),
    groupIdToken: z.string().nullable(),
    expiresAt: dateTime.nullable(),
  })
  .meta({ id: 'LocalListEntry' }) satisfies z.ZodType<LocalListEntryView>;

export const localListChange = z
  .strictObject({ policy: localListPolicyInput.nullable().meta({ description: 'null: the one of its site.' }) })
  .meta({ id: 'LocalListChange' });

export const localListSyncInput = z
  .strictObject({
    mode: z
      .enum(['full', 'differential'])
      .optional()
      .meta({ description: 'Absent: whatever is shorter. `full`: everything anew.' }),
  })
  .meta({ id: 'LocalListSyncInput' });

export const localListSync = z
  .object({
    list: localListView,
    commandId: uuid.nullable().meta({ description: 'null: nothing had to be sent, or it has to wait.' }),
  })
  .meta({ id: 'LocalListSync' }) satisfies z.ZodType<LocalListSync>;
