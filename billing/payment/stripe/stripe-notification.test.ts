import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import Stripe from 'stripe';
import { badNotification } from '../payment-provider.ts';
import { createStripeProvider } from './stripe-provider.ts';

describe('notifications of Stripe', () => {
  const clock = new FakeClock('2026-05-01T00:00:00Z');
  const webhookSecret = 'whsec_test';
  const provider = createStripeProvider({ secretKey: 'sk_test_x', webhookSecret, apiUrl: null }, clock);
  const read = (payload: string) =>
    provider.readNotification(Buffer.from(payload), {
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({
        payload,
        secret: webhookSecret,
        timestamp: Math.floor(clock.now() / 1000),
      }),
    });
  const intent = {
    id: 'pi_1',
    currency: 'eur',
    status: 'succeeded',
    amount: 2000,
    amount_received: 2000,
    metadata: { voltpile_payment_id: uuidv7() },
  };
  const event = { id: 'evt_1', type: 'payment_intent.succeeded', created: 1_777_777_777, data: { object: intent } };

  it('are read where they are what they should be', () => {
    const { eventId, subject } = read(JSON.stringify(event));
    assert.equal(eventId, 'evt_1');
    assert.ok(subject.kind === 'payment');
    assert.equal(subject.payment.capturedMinor, 2000n);
  });

  it('are refused where they are signed, and nothing that can be read', () => {
    const bodies: unknown[] = [
      { id: 1 },
      {},
      [],
      null,
      'text',
      { ...event, id: '' },
      { ...event, id: 'x'.repeat(1000) },
      { ...event, type: 7 },
      { ...event, created: 'yesterday' },
      { ...event, created: 1e300 },
      { ...event, created: undefined },
      { ...event, data: undefined },
      { ...event, data: { object: null } },
      { ...event, data: { object: { ...intent, id: 5 } } },
      { ...event, data: { object: { ...intent, currency: 5 } } },
      { ...event, data: { object: { ...intent, amount_received: 'much' } } },
      { ...event, data: { object: { ...intent, amount_received: 1.5 } } },
      { ...event, data: { object: { ...intent, metadata: null } } },
      { ...event, data: { object: { ...intent, metadata: { voltpile_payment_id: 5 } } } },
      { ...event, type: 'refund.updated', data: { object: { payment_intent: { id: 5 } } } },
      { ...event, type: 'payment_method.attached', data: { object: { customer: { id: {} } } } },
      { ...event, type: 'charge.updated', data: { object: { payment_intent: { id: 'pi\0' } } } },
    ];
    for (const body of bodies) {
      assert.throws(() => read(JSON.stringify(body)), badNotification.is, JSON.stringify(body));
    }
    assert.throws(() => read('{'), badNotification.is);
  });
});
