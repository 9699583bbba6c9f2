import type { SettlementsPort } from '@voltpile/billing/contract/settlement';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { cdrView } from '../schemas/cdr.ts';
import { pageOf, pageQuery, uuidParams } from '../schemas/common.ts';
import { reviewDecision, settlementState, settlementView } from '../schemas/settlement.ts';
import { stationId } from '../schemas/station.ts';

const tag = 'billing';

export function settlementRoutes(settlements: SettlementsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/settlements',
      operationId: 'listSettlements',
      tag,
      summary: 'What became of charges that have ended, newest first',
      description:
        'With `?state=held`: those that somebody has to look at before anything is charged, or charged differently.',
      permission: 'settlement.read',
      query: pageQuery.extend({ state: settlementState.optional(), stationId: stationId.optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(settlementView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await settlements.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/transactions/{id}/settlement',
      operationId: 'getSettlement',
      tag,
      summary: 'What became of a charge that has ended',
      permission: 'settlement.read',
      params: uuidParams,
      responses: { 200: { description: 'The settlement.', schema: settlementView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await settlements.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/transactions/{id}/settlement/decisions',
      operationId: 'decideSettlement',
      tag,
      summary: 'Decide about a charge that is held, or correct one that is settled',
      description:
        '`accept` charges what was measured, or keeps the record that there is. `correct` charges the energy that you give; more than the charge can ' +
        'have had by its power and its time needs `confirmUnlikely` (409 `settlement.energy_unlikely`). `write-off` charges nothing. What was ' +
        'charged before is taken back by a credit. Of several decisions on the same `version` one counts, the others are refused (409 `settlement.changed`).',
      permission: 'transaction.resolve',
      intent: { action: 'settlement.decide', objectType: 'transaction' },
      params: uuidParams,
      body: reviewDecision,
      responses: {
        200: {
          description: 'The settlement, and the record that counts now.',
          schema: z.object({ settlement: settlementView, cdr: cdrView.nullable() }),
        },
      },
      handle: async ({ caller, params, body }) => {
        const before = await settlements.get(caller.scope, params.id);
        const decision = { version: before.version, ...body };
        const decided = await settlements.decide(caller.scope, params.id, decision, caller.email);
        return {
          status: 200,
          json: decided,
          audit: {
            action: 'settlement.decide',
            objectType: 'transaction',
            objectId: params.id,
            before,
            after: {
              ...body,
              cdrId: decided.settlement.cdrId,
              confirmedAboveWh: decided.settlement.decisions.at(-1)?.confirmedAboveWh ?? null,
            },
          },
        };
      },
    }),
  ];
}
