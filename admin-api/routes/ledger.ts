import type { LedgerPort } from '@voltpile/billing/contract/ledger';
import { currencySchema } from '@voltpile/billing/contract/money';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import {
  ledgerAccountKind,
  ledgerBalanceView,
  ledgerEntryKind,
  ledgerEntryView,
  ledgerProofView,
} from '../schemas/ledger.ts';

const tag = 'ledger';

export function ledgerRoutes(ledger: LedgerPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/ledger/entries',
      operationId: 'listLedgerEntries',
      tag,
      summary: 'List entries of the ledger, newest first',
      description: 'What has happened to money. Entries are never changed or removed.',
      permission: 'settlement.read',
      query: pageQuery.extend({
        organizationId: uuid.optional(),
        accountId: uuid.optional().meta({
          description: 'Entries that post to a wallet, a hold or a receivable of this account.',
        }),
        referenceId: uuid.optional().meta({ description: 'What they are about: a record, a payment, an intent, …' }),
        kind: ledgerEntryKind.optional(),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(ledgerEntryView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await ledger.listEntries(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ledger/entries/{id}',
      operationId: 'getLedgerEntry',
      tag,
      summary: 'Get an entry of the ledger',
      permission: 'settlement.read',
      params: uuidParams,
      responses: { 200: { description: 'The entry.', schema: ledgerEntryView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await ledger.getEntry(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ledger/balances',
      operationId: 'listLedgerBalances',
      tag,
      summary: 'What stands on each account of the ledger',
      permission: 'settlement.read',
      query: pageQuery.extend({
        organizationId: uuid.optional(),
        accountId: uuid.optional(),
        kind: ledgerAccountKind.optional(),
        currency: currencySchema.optional(),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(ledgerBalanceView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await ledger.listBalances(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/ledger/proofs',
      operationId: 'listLedgerProofs',
      tag,
      summary: 'What the checks of the ledger have found, newest first',
      description: 'The ledger is checked once a day. Proofs are kept for three years.',
      permission: 'settlement.read',
      wholeDeployment: true,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(ledgerProofView) } },
      handle: async ({ query }) => ({ status: 200, json: await ledger.listProofs(query) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/ledger/proofs',
      operationId: 'proveLedger',
      tag,
      summary: 'Check the ledger now',
      description:
        'Reads every posting, so it takes its time. Whoever asks while the ledger is being checked gets the same answer, or, where another process ' +
        'checks it, 409 `ledger.proof_running`: what is found is listed in any case, also when nobody has waited for it.',
      permission: 'settlement.write',
      wholeDeployment: true,
      responses: { 201: { description: 'What was found.', schema: ledgerProofView } },
      handle: async () => {
        const proof = await ledger.prove();
        const { id, isSound } = proof;
        return {
          status: 201,
          json: proof,
          audit: { action: 'ledger.prove', objectType: 'ledger-proof', objectId: id, after: { isSound } },
        };
      },
    }),
  ];
}
