import type { PaymentsPort } from '@voltpile/billing/contract/payments';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import {
  cardTopUpInput,
  paymentMethodSetup,
  paymentMethodView,
  paymentPurpose,
  paymentState,
  paymentView,
  paymentWithAction,
  refundInput,
  refundView,
} from '../schemas/payment.ts';

const tag = 'payments';

export function paymentRoutes(payments: PaymentsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/payments',
      operationId: 'listPayments',
      tag,
      summary: 'List payments, newest first',
      permission: 'payment.read',
      query: pageQuery.extend({
        accountId: uuid.optional(),
        state: paymentState.optional(),
        purpose: paymentPurpose.optional(),
        intentId: uuid.optional(),
        cdrId: uuid.optional(),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(paymentView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await payments.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/payments/{id}',
      operationId: 'getPayment',
      tag,
      summary: 'Get a payment',
      permission: 'payment.read',
      params: uuidParams,
      responses: { 200: { description: 'The payment.', schema: paymentView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await payments.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/payments/{id}/refunds',
      operationId: 'listRefunds',
      tag,
      summary: 'Refunds of a payment, newest first',
      permission: 'payment.read',
      params: uuidParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(refundView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await payments.listRefunds(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/payments/{id}/refunds',
      operationId: 'refundPayment',
      tag,
      summary: 'Give money back',
      description:
        'To the card that it came from. A refund whose answer was lost is `pending` until it is found out; one that the provider cannot give ' +
        'is `failed`, and its entry in the books is taken back. Send an `Idempotency-Key`: without one, a request that is repeated is another refund.',
      permission: 'payment.refund',
      intent: { action: 'payment.refund', objectType: 'payment' },
      params: uuidParams,
      body: refundInput,
      responses: { 201: { description: 'The refund, as it stands now.', schema: refundView } },
      handle: async ({ caller, params, body }) => {
        const refund = await payments.refund(caller.scope, params.id, { ...body, requestedBy: caller.email });
        return {
          status: 201,
          json: refund,
          audit: { action: 'payment.refund', objectType: 'payment', objectId: params.id, after: refund },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/accounts/{id}/payment-methods',
      operationId: 'listPaymentMethods',
      tag,
      summary: 'Cards that the provider keeps for an account, newest first',
      permission: 'payment.read',
      params: uuidParams,
      query: pageQuery,
      responses: { 200: { description: 'A page.', schema: pageOf(paymentMethodView) } },
      handle: async ({ caller, params, query }) => ({
        status: 200,
        json: await payments.listMethods(caller.scope, params.id, query),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts/{id}/payment-methods/setup',
      operationId: 'setUpPaymentMethod',
      tag,
      summary: 'Begin to save a card',
      description:
        'The driver’s app gives the card to the provider itself, with the secret of the answer: no card number comes here. The card is listed when the ' +
        'provider has told us of it.',
      permission: 'account.write',
      params: uuidParams,
      responses: { 201: { description: 'What the app needs.', schema: paymentMethodSetup } },
      handle: async ({ caller, params }) => {
        const setup = await payments.setUpMethod(caller.scope, params.id);
        return {
          status: 201,
          json: setup,
          audit: {
            action: 'account.payment-method-setup',
            objectType: 'account',
            objectId: params.id,
            after: { provider: setup.provider },
          },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts/{id}/wallet/card-top-ups',
      operationId: 'topUpByCard',
      tag,
      summary: 'Fill a wallet from a saved card',
      description:
        'The card is charged at once; a decline is a state of the payment. Where the bank wants the driver to confirm (`needs-action`), `clientAction` is for the ' +
        'driver’s app. Send an `Idempotency-Key`: without one, a request that is repeated is another top-up.',
      permission: 'account.write',
      intent: { action: 'account.card-top-up', objectType: 'account' },
      params: uuidParams,
      body: cardTopUpInput,
      responses: {
        201: {
          description: 'The payment, as it stands now.',
          schema: paymentWithAction,
          headers: { Location: 'Where the payment is.' },
        },
      },
      handle: async ({ caller, params, body }) => {
        const made = await payments.topUpByCard(caller.scope, params.id, body);
        return {
          status: 201,
          json: made,
          headers: { Location: `/api/v1/payments/${made.payment.id}` },
          audit: { action: 'account.card-top-up', objectType: 'account', objectId: params.id, after: made.payment },
        };
      },
    }),
  ];
}
