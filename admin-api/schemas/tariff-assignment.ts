import { TARGET_KINDS } from '@voltpile/billing/contract/tariff-assignments';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';
import { stationId } from './station.ts';

const evseId = z.int().min(1).max(1000);

const organization = z.strictObject({ kind: z.literal('organization') });
const site = z.strictObject({ kind: z.literal('site'), siteId: uuid });
const station = z.strictObject({ kind: z.literal('station'), stationId });
const evse = z.strictObject({ kind: z.literal('evse'), stationId, evseId });

const place = z
  .discriminatedUnion('kind', [organization, site, station, evse])
  .meta({ id: 'TariffPlace', description: 'Where a tariff holds.' });
const at = { place: place.optional().meta({ description: 'Absent: in the whole organisation.' }) };

export const tariffTarget = z
  .discriminatedUnion('kind', [
    organization,
    site,
    station,
    evse,
    z.strictObject({ kind: z.literal('account-group'), accountGroupId: uuid, ...at }),
    z.strictObject({ kind: z.literal('account'), accountId: uuid, ...at }),
    z.strictObject({ kind: z.literal('partner'), partnerId: uuid, ...at }),
  ])
  .meta({ id: 'TariffTarget', description: 'A place for everybody, or some drivers at a place.' });

export const tariffAssignmentView = z
  .object({
    id: uuid,
    organizationId: uuid,
    tariffId: uuid,
    tariffName: z.string(),
    target: tariffTarget,
    validFrom: dateTime,
    validTo: dateTime.nullable().meta({ description: 'Exclusive; null: until further notice.' }),
    createdAt: dateTime,
    createdBy: z.string().nullable(),
    closedBy: z.string().nullable().meta({ description: 'Who has given it its end afterwards.' }),
  })
  .meta({ id: 'TariffAssignment' });

export const tariffAssignmentInput = z
  .strictObject({
    tariffId: uuid,
    target: tariffTarget,
    validFrom: dateTime.optional().meta({
      description: 'Absent: now. May lie in the past; charges that are settled stay as they are.',
    }),
    validTo: dateTime.nullable().optional(),
  })
  .meta({ id: 'TariffAssignmentInput' });

export const tariffAssignmentFilter = {
  tariffId: uuid.optional(),
  kind: z.enum(TARGET_KINDS).optional(),
  siteId: uuid.optional(),
  stationId: stationId.optional(),
  accountId: uuid.optional(),
  accountGroupId: uuid.optional(),
  partnerId: uuid.optional(),
  at: dateTime.optional().meta({ description: 'Those that hold then.' }),
};

export const stationTariffQuery = z.strictObject({
  evseId: z.coerce.number().int().min(1).max(1000).optional(),
  accountId: uuid.optional(),
  accountGroupId: uuid.optional(),
  partnerId: uuid.optional(),
  at: dateTime.optional().meta({ description: 'Absent: now.' }),
});

const holding = {
  assignment: tariffAssignmentView,
  version: z.object({ id: uuid, version: z.int(), effectiveFrom: dateTime }).nullable(),
};

export const stationTariffView = z
  .object({
    stationId: z.string(),
    evseId: z.int().nullable(),
    at: dateTime,
    chosen: z.object(holding).nullable().meta({ description: 'null: no tariff is assigned, and nothing is due.' }),
    others: z
      .array(z.object({ ...holding, why: z.enum(['less-specific', 'no-version-in-effect']) }))
      .meta({ description: 'What else is assigned, the next in order first.' }),
  })
  .meta({ id: 'StationTariff' });
