import assert from 'node:assert/strict';
import { BareStation } from './harness/bare-station.ts';
import { describeStationProtocol, type RegisterFact, type StationAccess, type StationDriver } from './station-story.ts';

type EventType = 'Started' | 'Updated' | 'Ended';

interface KeptEvent {
  readonly payload: Record<string, unknown>;
  readonly hasToken: boolean;
}

interface EventAnswer {
  readonly idTokenInfo?: { readonly status: string };
}

/** A charging station of OCPP 2.0.1 by hand-written frames: a queue of events that survives power cuts. */
class Ocpp201Driver implements StationDriver {
  readonly #access: StationAccess;
  #socket: BareStation | undefined;
  #transactionId = '';
  #transactions = 0;
  #seqNo = 0;
  #idToken = '';
  #waiting: KeptEvent[] = [];
  #last: KeptEvent | undefined;

  constructor(access: StationAccess) {
    this.#access = access;
  }

  async powerOn(): Promise<void> {
    const { ocpp, identity, password } = this.#access;
    assert.ok(password !== null);
    this.#socket = await BareStation.connect(ocpp, identity, { password, protocols: ['ocpp2.0.1'] });
    const boot = await this.#socket.call('BootNotification', {
      reason: 'PowerUp',
      chargingStation: { vendorName: 'Story', model: '2.0.1' },
    });
    assert.equal(boot.status, 'Accepted');
    await this.#deliver();
  }

  cutPower(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  async showCard(idToken: string): Promise<'accepted' | 'refused'> {
    assert.ok(this.#socket !== undefined);
    const answer = await this.#socket.call<{ idTokenInfo: { status: string } }>('Authorize', {
      idToken: { idToken, type: 'ISO14443' },
    });
    return answer.idTokenInfo.status === 'Accepted' ? 'accepted' : 'refused';
  }

  startCharge(fact: RegisterFact & { evseId: number; idToken: string }): Promise<void> {
    this.#idToken = fact.idToken;
    this.#transactionId = `${this.#access.identity}-${++this.#transactions}`;
    this.#seqNo = 0;
    return this.#keep('Started', 'Authorized', fact, 'Transaction.Begin', {
      evse: { id: fact.evseId, connectorId: 1 },
      idToken: this.#token(),
    });
  }

  measure(fact: RegisterFact): Promise<void> {
    return this.#keep('Updated', 'MeterValuePeriodic', fact, 'Sample.Periodic', {});
  }

  stopCharge(fact: RegisterFact): Promise<void> {
    return this.#keep('Ended', 'StopAuthorized', fact, 'Transaction.End', { idToken: this.#token() });
  }

  async repeatLast(): Promise<void> {
    assert.ok(this.#last !== undefined);
    await this.#send(this.#last);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket?.[Symbol.asyncDispose]();
  }

  #token(): object {
    return { idToken: this.#idToken, type: 'ISO14443' };
  }

  async #keep(
    eventType: EventType,
    triggerReason: string,
    fact: RegisterFact,
    context: string,
    more: Record<string, unknown>,
  ): Promise<void> {
    const timestamp = fact.at.toISOString();
    const isEnd = eventType === 'Ended';
    const payload = {
      eventType,
      timestamp,
      triggerReason,
      seqNo: this.#seqNo++,
      ...(this.#socket === undefined ? { offline: true } : {}),
      transactionInfo: {
        transactionId: this.#transactionId,
        ...(isEnd ? { stoppedReason: 'Local' } : { chargingState: 'Charging' }),
      },
      meterValue: [
        {
          timestamp,
          sampledValue: [
            { value: fact.registerWh, context },
            { value: 9.5, context, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'W', multiplier: 3 } },
          ],
        },
      ],
      ...more,
    };
    this.#waiting.push({ payload, hasToken: 'idToken' in more });
    if (this.#socket !== undefined) await this.#deliver();
  }

  async #deliver(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      await this.#send(next);
      this.#last = next;
      this.#waiting.shift();
    }
  }

  /** Every time with a new message id. */
  async #send({ payload, hasToken }: KeptEvent): Promise<void> {
    assert.ok(this.#socket !== undefined);
    const answer = await this.#socket.call<EventAnswer>('TransactionEvent', payload);
    if (hasToken) assert.equal(answer.idTokenInfo?.status, 'Accepted');
    else assert.equal(answer.idTokenInfo, undefined);
  }
}

describeStationProtocol('OCPP 2.0.1', (access) => new Ocpp201Driver(access));
