import { StripeRefusal } from './stripe-refusal.ts';

export interface KeptAnswer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_KEPT = 10_000;

/** Answers by their idempotency keys (docs.stripe.com/api/idempotent_requests): the same for the same request, whatever it was. */
export class KeptAnswers {
  readonly #kept = new Map<string, { readonly request: string; answer?: KeptAnswer }>();

  /**
   * @returns what was answered before; undefined: it is to be carried out, and {@link keep} to be called
   * @throws StripeRefusal when the key was used for another request, or that one is still running
   */
  find(key: string, request: string): KeptAnswer | undefined {
    const known = this.#kept.get(key);
    if (known === undefined) {
      const oldest = this.#kept.size >= MAX_KEPT ? this.#kept.keys().next().value : undefined;
      if (oldest !== undefined) this.#kept.delete(oldest);
      this.#kept.set(key, { request });
      return undefined;
    }
    if (known.request !== request) {
      const text = 'Keys for idempotent requests can only be used with the same parameters they were first used with.';
      throw new StripeRefusal(400, 'idempotency_error', undefined, text);
    }
    if (known.answer === undefined) {
      throw new StripeRefusal(409, 'idempotency_error', 'idempotency_key_in_use', 'That key is in use.');
    }
    return known.answer;
  }

  keep(key: string, answer: KeptAnswer): void {
    const known = this.#kept.get(key);
    if (known !== undefined) known.answer = answer;
  }
}
