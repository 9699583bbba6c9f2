import { randomUUID } from 'node:crypto';
import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import {
  type NewProviderPayment,
  outcomeUnknown,
  type PaymentProvider,
  type PaymentRequest,
  type ProviderCapabilities,
  type ProviderMethod,
  type ProviderNotification,
  type ProviderPayment,
  type ProviderRefund,
  providerRefused,
  providerUnavailable,
  type StatusQuestion,
} from '../payment-provider.ts';

/** What becomes of one request: `lost-after` is carried out and not answered, `lost-before` neither. */
export type Fate = 'fine' | 'lost-before' | 'lost-after' | 'away' | 'declined';

let made = 0;

interface Held {
  payment: ProviderPayment;
  readonly refunds: ProviderRefund[];
  captures: number;
}

/** A provider in memory that keeps the promises of the port and breaks its answers on demand. Notifications are made of its own state, as JSON. */
export class ModelProvider implements PaymentProvider {
  /** Of its own, so that several share a database. */
  readonly name = `model-${++made}`;
  readonly capabilities: ProviderCapabilities;
  /** One a request, from the front; then all is fine. */
  readonly fates: Fate[] = [];
  /** What can be told, by notification. */
  readonly told: ProviderNotification[] = [];
  feeMinor = 3n;
  /** Requests that change something wait for it. */
  open: Promise<unknown> = Promise.resolve();
  /** How many cards customers have saved; one where nothing is said. */
  readonly saved = new Map<string, number>();
  /** How many payments were begun, repeats with a known key left out. */
  begun = 0;
  /** How often it was asked what has become of a payment. */
  reads = 0;
  readonly #held = new Map<string, Held>();
  readonly #answers = new Map<string, unknown>();

  constructor(capabilities: Partial<ProviderCapabilities> = {}) {
    this.capabilities = {
      authorize: true,
      incremental: true,
      maxCaptureAboveAuthorizedPercent: 0,
      savedMethods: true,
      idempotencyKeyMs: 86_400_000,
      ...capabilities,
    };
  }

  /** How often money was taken. */
  get captures(): number[] {
    return [...this.#held.values()].map(({ captures }) => captures);
  }

  get capturedMinor(): bigint {
    return [...this.#held.values()].reduce((sum, { payment }) => sum + payment.capturedMinor, 0n);
  }

  get states(): string[] {
    return [...this.#held.values()].map(({ payment }) => payment.state);
  }

  /** What it owes us: captured, less refunds and fees. */
  get balanceMinor(): bigint {
    let sum = 0n;
    for (const { payment, refunds } of this.#held.values()) {
      if (payment.state !== 'captured') continue;
      sum += payment.capturedMinor - this.feeMinor;
      for (const { amountMinor, state } of refunds) if (state !== 'failed') sum -= amountMinor;
    }
    return sum;
  }

  authorize = (request: NewProviderPayment): Promise<ProviderPayment> =>
    this.#request(request.idempotencyKey, (isDeclined) => this.#begin(request, isDeclined ? 'declined' : 'authorized'));

  charge = (request: NewProviderPayment): Promise<ProviderPayment> =>
    this.#request(request.idempotencyKey, (isDeclined) => this.#begin(request, isDeclined ? 'declined' : 'captured'));

  increase = ({ providerRef, amountMinor, idempotencyKey }: PaymentRequest) =>
    this.#request(idempotencyKey, (isDeclined) => {
      const held = this.#of(providerRef);
      if (isDeclined) return { kind: 'declined', code: 'model' } as const;
      if (held.payment.state !== 'authorized') throw providerRefused({ code: held.payment.state });
      return { kind: 'increased', payment: this.#set(held, { authorizedMinor: amountMinor }) } as const;
    });

  capture = ({ providerRef, amountMinor, idempotencyKey }: PaymentRequest): Promise<ProviderPayment> =>
    this.#request(idempotencyKey, () => {
      const held = this.#of(providerRef);
      if (held.payment.state !== 'authorized' || amountMinor > held.payment.authorizedMinor) {
        throw providerRefused({ code: held.payment.state });
      }
      held.captures++;
      return this.#set(held, { state: 'captured', capturedMinor: amountMinor });
    });

  cancel = ({ providerRef, idempotencyKey }: { providerRef: string; idempotencyKey: string }) =>
    this.#request(idempotencyKey, () => {
      const held = this.#of(providerRef);
      if (held.payment.state !== 'authorized') throw providerRefused({ code: held.payment.state });
      return this.#set(held, { state: 'cancelled', authorizedMinor: 0n });
    });

  refund = (request: PaymentRequest & { refundId: Uuid }): Promise<ProviderRefund> =>
    this.#request(request.idempotencyKey, (isDeclined) => {
      const held = this.#of(request.providerRef);
      if (isDeclined || held.payment.state !== 'captured') throw providerRefused({ code: held.payment.state });
      const refund: ProviderRefund = {
        providerRef: `re_${randomUUID()}`,
        refundId: request.refundId,
        amountMinor: request.amountMinor,
        state: 'succeeded',
      };
      held.refunds.push(refund);
      this.#tell({ kind: 'refund', paymentRef: request.providerRef, refund });
      return refund;
    });

  async readStatus({ paymentId, providerRef }: StatusQuestion): Promise<ProviderPayment | undefined> {
    const fate = this.fates.shift() ?? 'fine';
    this.reads++;
    if (fate === 'away') throw providerUnavailable();
    if (fate === 'lost-after' || fate === 'lost-before') throw outcomeUnknown();
    const held = [...this.#held.values()].find(
      ({ payment }) => payment.providerRef === providerRef || payment.paymentId === paymentId,
    );
    if (held === undefined) return undefined;
    const fee = held.payment.state === 'captured' ? { amountMinor: this.feeMinor, currency: 'EUR' } : null;
    return { ...held.payment, fee, refunds: [...held.refunds] };
  }

  readNotification(rawBody: Buffer): ProviderNotification {
    const at = Number(rawBody.toString());
    return this.told[at] as ProviderNotification;
  }

  async createCustomer({ accountId }: { accountId: Uuid }) {
    return { customerRef: `cus_${accountId}` };
  }

  async setUpMethod() {
    return { kind: 'client-secret', clientSecret: 'secret' } as const;
  }

  async listMethods(customerRef: string): Promise<ProviderMethod[]> {
    const card = { brand: 'visa', last4: '4242', expiryYear: 2034, expiryMonth: 12 };
    const numbers = Array.from({ length: this.saved.get(customerRef) ?? 1 }, (_, at) => (at === 0 ? '' : `_${at}`));
    return numbers.map((number) => ({ providerRef: `pm_${customerRef}${number}`, ...card }));
  }

  payablePart(amountMinor: bigint): bigint {
    return amountMinor;
  }

  maxAmountMinor(): bigint {
    return 99_999_999n;
  }

  /** By its own will: a payment becomes another one, and nobody is told. */
  alter(providerRef: string, change: Partial<ProviderPayment>, refunds: readonly ProviderRefund[] = []): void {
    const held = this.#of(providerRef);
    held.payment = { ...held.payment, ...change };
    held.refunds.push(...refunds);
  }

  /** By its own will: what is held is let go. */
  expireAll(): void {
    for (const held of this.#held.values()) {
      if (held.payment.state === 'authorized') this.#set(held, { state: 'cancelled', authorizedMinor: 0n });
    }
  }

  #begin(request: NewProviderPayment, state: 'authorized' | 'captured' | 'declined'): ProviderPayment {
    this.begun++;
    const isHeld = state !== 'declined';
    const held: Held = {
      payment: {
        providerRef: `pay_${randomUUID()}`,
        paymentId: request.paymentId,
        state,
        currency: request.currency,
        authorizedMinor: isHeld ? request.amountMinor : 0n,
        capturedMinor: state === 'captured' ? request.amountMinor : 0n,
        fee: null,
        decline: isHeld ? null : { reason: 'declined', code: 'model' },
        clientAction: null,
        refunds: null,
      },
      refunds: [],
      captures: state === 'captured' ? 1 : 0,
    };
    this.#held.set(held.payment.providerRef, held);
    return this.#set(held, {});
  }

  /** The same key gets the same answer, an error as well. */
  async #request<T>(key: string, carryOut: (isDeclined: boolean) => T): Promise<T> {
    const fate = this.fates.shift() ?? 'fine';
    await this.open;
    if (fate === 'away') throw providerUnavailable();
    if (fate === 'lost-before') throw outcomeUnknown();
    if (!this.#answers.has(key)) {
      try {
        this.#answers.set(key, { answer: carryOut(fate === 'declined') });
      } catch (error) {
        this.#answers.set(key, { error });
      }
    }
    if (fate === 'lost-after') throw outcomeUnknown();
    const kept = this.#answers.get(key) as { answer: T } | { error: unknown };
    if ('error' in kept) throw kept.error;
    return kept.answer;
  }

  #of(ref: string): Held {
    const held = this.#held.get(ref);
    if (held === undefined) throw providerRefused({ code: 'missing' });
    return held;
  }

  #set(held: Held, change: Partial<ProviderPayment>): ProviderPayment {
    held.payment = { ...held.payment, ...change };
    this.#tell({ kind: 'payment', payment: held.payment });
    return held.payment;
  }

  #tell(subject: ProviderNotification['subject']): void {
    this.told.push({ eventId: `evt_${randomUUID()}`, type: subject.kind, occurredAt: 0 as Instant, subject });
  }
}
