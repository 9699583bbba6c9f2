/** An answer other than 200, in Stripe's shape. */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly body: { readonly error: Readonly<Record<string, unknown>> };

  constructor(status: number, type: string, code: string | undefined, message: string, more: object = {}) {
    super(message);
    this.status = status;
    this.body = { error: { type, ...(code === undefined ? {} : { code }), message, ...more } };
  }
}

export function invalidRequest(code: string, message: string, more: object = {}): StripeRefusal {
  return new StripeRefusal(400, 'invalid_request_error', code, message, more);
}

export function missing(what: string): StripeRefusal {
  return new StripeRefusal(404, 'invalid_request_error', 'resource_missing', `No such ${what}`);
}
