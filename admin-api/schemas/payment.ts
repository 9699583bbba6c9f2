import {
  type ClientAction,
  DECLINE_REASONS,
  PAYMENT_PURPOSES,
  PAYMENT_STATES,
  type PaymentMethodSetup,
  type PaymentMethodView,
  type PaymentView,
  type PaymentWithAction,
  REFUND_STATES,
  type RefundView,
} from '@voltpile/billing/contract/payments';
import * as z from 'zod';
import { dateTime, text, uuid } from './common.ts';
import { money, moneyInput } from './money.ts';

export const paymentState = z.enum(PAYMENT_STATES);
export const paymentPurpose = z.enum(PAYMENT_PURPOSES);

export const paymentView = z
  .object({
    id: uuid,
    organizationId: uuid,
    accountId: uuid,
    purpose: paymentPurpose.meta({
      description: '`charge`: held for a charge and captured at its end; `top-up`: taken at once, for the wallet.',
    }),
    intentId: uuid.nullable().meta({ description: 'The start intent that it was authorised for.' }),
    cdrId: uuid.nullable().meta({ description: 'The charge detail record that it was captured for.' }),
    provider: z.string(),
    providerReference: z.string().nullable().meta({ description: 'What the provider knows it by.' }),
    paymentMethodId: uuid,
    state: paymentState.meta({
      description:
        '`unknown`: the provider’s answer was lost and is being found out. `authorizing`, `capturing`, `cancelling`, `unknown` and `needs-action` become ' +
        'others by themselves.',
    }),
    amount: money,
    authorized: money,
    captured: money,
    refunded: money.meta({ description: 'Refunds under way included.' }),
    fee: money.nullable().meta({ description: 'What the provider keeps; null as long as it has not said.' }),
    decline: z
      .object({
        reason: z.enum(DECLINE_REASONS),
        code: z.string().meta({ description: 'The provider’s own word.' }),
      })
      .nullable(),
    failure: z.string().nullable().meta({ description: 'Why it failed: `provider-unavailable`, `never-arrived`, …' }),
    createdAt: dateTime,
    updatedAt: dateTime,
  })
  .meta({ id: 'Payment' }) satisfies z.ZodType<PaymentView>;

export const refundView = z
  .object({
    id: uuid,
    paymentId: uuid,
    amount: money,
    reason: z.string(),
    state: z.enum(REFUND_STATES),
    providerReference: z.string().nullable(),
    requestedBy: z.string().nullable().meta({ description: 'null: somebody gave it at the provider.' }),
    createdAt: dateTime,
  })
  .meta({ id: 'Refund' }) satisfies z.ZodType<RefundView>;

export const refundInput = z
  .strictObject({
    amount: moneyInput.optional().meta({ description: 'In the payment’s currency. Absent: all that is left.' }),
    reason: text(1, 500),
  })
  .meta({ id: 'RefundInput' });

export const paymentMethodView = z
  .object({
    id: uuid,
    accountId: uuid,
    provider: z.string(),
    brand: z.string(),
    last4: z.string(),
    expiryYear: z.int(),
    expiryMonth: z.int(),
    createdAt: dateTime,
  })
  .meta({ id: 'PaymentMethod' }) satisfies z.ZodType<PaymentMethodView>;

const clientAction = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('client-secret'), clientSecret: z.string() }),
    z.object({ kind: z.literal('qr-code'), content: z.string() }),
  ])
  .meta({
    id: 'ClientAction',
    description: 'For the driver’s app: a secret for the provider’s own library, or a code to scan.',
  }) satisfies z.ZodType<ClientAction>;

export const paymentMethodSetup = z
  .object({ provider: z.string(), clientAction })
  .meta({ id: 'PaymentMethodSetup' }) satisfies z.ZodType<PaymentMethodSetup>;

export const cardTopUpInput = z
  .strictObject({
    amount: moneyInput.meta({ description: 'More than nothing, in the currency of the wallet.' }),
    paymentMethodId: uuid,
  })
  .meta({ id: 'CardTopUpInput' });

export const paymentWithAction = z
  .object({
    payment: paymentView,
    clientAction: clientAction.nullable().meta({ description: 'What the driver is to do, where something is.' }),
  })
  .meta({ id: 'PaymentWithAction' }) satisfies z.ZodType<PaymentWithAction>;
