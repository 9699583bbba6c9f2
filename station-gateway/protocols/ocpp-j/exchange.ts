import type { ClaimedTime, MessageOrigin, StationPort } from '@voltpile/csms/contract/station-port';
import type { Clock } from '@voltpile/kernel/clock';
import type { InboundCall } from '@voltpile/ocpp/rpc/types';
import type { MessageContext } from '../dialect.ts';

/** What a message's handler has at hand: the port, the time, and the message's origin with what was found odd. */
export class Exchange {
  readonly context: MessageContext;
  readonly clock: Clock;
  readonly #call: InboundCall;
  #oddities: string[] | undefined;

  constructor(call: InboundCall, context: MessageContext, clock: Clock, oddities: string[] | undefined) {
    this.#call = call;
    this.context = context;
    this.clock = clock;
    this.#oddities = oddities;
  }

  get port(): StationPort {
    return this.context.port;
  }

  /** Notes something odd that the schema lets pass; the same is noted once. To be called before {@link origin}. */
  odd(what: string): void {
    this.#oddities ??= [];
    if (!this.#oddities.includes(what)) this.#oddities.push(what);
  }

  /** Tells the connection a time that the station takes for now. To be called before {@link origin}. */
  observeClock(time: ClaimedTime): void {
    if (time.at !== null) this.context.observeClock(time.at);
  }

  origin(): MessageOrigin {
    return this.context.origin(this.#call, this.#oddities);
  }
}
