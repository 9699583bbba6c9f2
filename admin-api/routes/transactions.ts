import type { TransactionsPort } from '@voltpile/csms/contract/operator-ports';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { dateTime, pageOf, pageQuery, text, uuid, uuidParams } from '../schemas/common.ts';
import { stationId } from '../schemas/station.ts';
import { meterValueView, stationBillView, transactionEventView, transactionView } from '../schemas/transaction.ts';

const tag = 'transactions';

export function transactionRoutes(transactions: TransactionsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/transactions',
      operationId: 'listTransactions',
      tag,
      summary: 'List transactions, newest first',
      permission: 'transaction.read',
      query: pageQuery.extend({
        stationId: stationId.optional(),
        siteId: uuid.optional(),
        status: z.enum(['active', 'ended']).optional(),
        idToken: text(1, 255).optional(),
        parallelGroup: text(1, 255).optional().meta({ description: 'Charges of several EVSEs that feed one vehicle.' }),
        from: dateTime.optional().meta({ description: 'Started at this time or later.' }),
        to: dateTime.optional().meta({ description: 'Started before this time.' }),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(transactionView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await transactions.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/transactions/{id}',
      operationId: 'getTransaction',
      tag,
      summary: 'Get a transaction',
      permission: 'transaction.read',
      params: uuidParams,
      responses: { 200: { description: 'The transaction.', schema: transactionView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await transactions.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/transactions/{id}/meter-values',
      operationId: 'listMeterValues',
      tag,
      summary: 'The samples of a transaction, oldest first',
      permission: 'transaction.read',
      params: uuidParams,
      query: pageQuery.extend({ measurand: text(1, 100).optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(meterValueView) } },
      handle: async ({ caller, params, query }) => {
        const { limit, cursor, ...filter } = query;
        const json = await transactions.meterValues(caller.scope, params.id, filter, { limit, cursor });
        return { status: 200, json };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/transactions/{id}/events',
      operationId: 'listTransactionEvents',
      tag,
      summary: 'What the station reported about a transaction, by number',
      description: 'Empty for stations that do not count their reports (OCPP 1.6).',
      permission: 'transaction.read',
      params: uuidParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(transactionEventView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await transactions.events(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/transactions/{id}/bills',
      operationId: 'listStationBills',
      tag,
      summary: 'The bills that the station made itself for a transaction',
      description:
        'Evidence beside the samples, never what is charged. The first one counts; a `conflicting` one holds the transaction. Empty for stations that make no bills.',
      permission: 'transaction.read',
      params: uuidParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(stationBillView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await transactions.bills(caller.scope, params.id, query),
      }),
    }),
  ];
}
