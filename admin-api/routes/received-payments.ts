import type { ReceivedPaymentsPort } from '@voltpile/billing/contract/received-payments';
import { uuidv7 } from '@voltpile/kernel/ids';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, uuid, uuidParams } from '../schemas/common.ts';
import {
  receivedPaymentBooked,
  receivedPaymentInput,
  receivedPaymentReversal,
  receivedPaymentState,
  receivedPaymentView,
} from '../schemas/received-payment.ts';

const tag = 'payments';

export function receivedPaymentRoutes(payments: ReceivedPaymentsPort): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/received-payments',
      operationId: 'listReceivedPayments',
      tag,
      summary: 'List payments that were booked by hand, newest first',
      permission: 'payment.read',
      query: pageQuery.extend({
        organizationId: uuid.optional(),
        accountId: uuid.optional(),
        state: receivedPaymentState.optional(),
      }),
      responses: { 200: { description: 'A page.', schema: pageOf(receivedPaymentView) } },
      handle: async ({ caller, query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await payments.list(caller.scope, filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/received-payments/{id}',
      operationId: 'getReceivedPayment',
      tag,
      summary: 'Get a payment that was booked by hand',
      permission: 'payment.read',
      params: uuidParams,
      responses: { 200: { description: 'The payment.', schema: receivedPaymentView } },
      handle: async ({ caller, params }) => ({ status: 200, json: await payments.get(caller.scope, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts/{id}/received-payments',
      operationId: 'bookReceivedPayment',
      tag,
      summary: 'Book a payment against what an account owes',
      description:
        'A bank transfer, cash. More than what is owed in its currency is refused (`received_payment.more_than_owed`), and so is what a ' +
        'card is about to pay (`payment.capture_under_way`). With an `Idempotency-Key` it is booked ' +
        'once however often the request comes, also when the answer was lost: the key is kept with the payment.',
      permission: 'account.write',
      intent: { action: 'received-payment.book', objectType: 'account' },
      params: uuidParams,
      body: receivedPaymentInput,
      responses: {
        201: {
          description: 'Booked.',
          schema: receivedPaymentBooked,
          headers: { Location: 'Where the payment is.' },
        },
        200: {
          description: 'It had been booked before.',
          schema: receivedPaymentBooked,
          headers: { Location: 'Where the payment is.' },
        },
      },
      handle: async ({ caller, params, body, idempotencyKey }) => {
        const { payment, isNew, wallet } = await payments.book(caller.scope, params.id, {
          ...body,
          idempotencyKey: `${caller.userId}/${idempotencyKey ?? uuidv7()}`,
          recordedBy: caller.email,
        });
        return {
          status: isNew ? 201 : 200,
          json: { payment, wallet },
          headers: { Location: `/api/v1/received-payments/${payment.id}` },
          // Also of one that had been booked before: its own answer, and with it this note, may have been lost.
          audit: { action: 'received-payment.book', objectType: 'account', objectId: params.id, after: payment },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/received-payments/{id}/reversal',
      operationId: 'reverseReceivedPayment',
      tag,
      summary: 'Take a payment back that was booked by mistake',
      description: 'By an entry the other way round; both stay in the books. The account owes it again.',
      permission: 'account.write',
      intent: { action: 'received-payment.reverse', objectType: 'received-payment' },
      params: uuidParams,
      body: receivedPaymentReversal,
      responses: { 200: { description: 'Taken back.', schema: receivedPaymentBooked } },
      handle: async ({ caller, params, body }) => {
        const before = await payments.get(caller.scope, params.id);
        const reversed = await payments.reverse(caller.scope, params.id, { ...body, reversedBy: caller.email });
        return {
          status: 200,
          json: reversed,
          audit: {
            action: 'received-payment.reverse',
            objectType: 'account',
            objectId: before.accountId,
            before,
            after: reversed.payment,
          },
        };
      },
    }),
  ];
}
