import type { CdrsPort } from '@voltpile/billing/contract/cdr';
import { tariffSchema } from '@voltpile/billing/contract/tariff';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { cdrView } from '../schemas/cdr.ts';
import { dateTime, pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import { stationId } from '../schemas/station.ts';

const tag = 'billing';

export function cdrRoutes(cdrs: CdrsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/cdrs',
      operationId: 'listCdrs',
      tag,
      summary: 'List charge detail records, newest first',
      description:
        'What charges have cost, and why. Records are never changed: a correction is a credit and, where something is due, a new record.',
      permission: 'settlement.read',
      query: pageQuery.extend({
        transactionId: uuid.optional(),
        stationId: stationId.optional(),
        accountId: uuid.optional(),
        from: dateTime.optional().meta({ description: 'Charges that ended at this time or later.' }),
        to: dateTime.optional().meta({ description: 'Charges that ended before this time.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(cdrView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await cdrs.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/cdrs/{id}',
      operationId: 'getCdr',
      tag,
      summary: 'Get a charge detail record',
      permission: 'settlement.read',
      params: uuidParams,
      responses: { 200: { description: 'The record.', schema: cdrView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await cdrs.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/cdrs/{id}/what-if',
      operationId: 'rateCdrAgain',
      tag,
      summary: 'What a charge would have cost under another tariff',
      description: 'Rates what was measured anew. Nothing is stored, and the record stays as it is.',
      permission: 'settlement.read',
      params: uuidParams,
      body: z.strictObject({ tariff: tariffSchema }),
      responses: { 200: { description: 'The record as it would have been.', schema: cdrView } },
      handle: async ({ caller, params, body }) => ({
        status: 200,
        json: await cdrs.whatIf(caller.scope, params.id, body.tariff),
        audit: null,
      }),
    }),
  ];
}
