import assert from 'node:assert/strict';
import { BareStation } from './harness/bare-station.ts';
import { describeStationProtocol, type RegisterFact, type StationAccess, type StationDriver } from './station-story.ts';

type Action = 'StartTransaction' | 'MeterValues' | 'StopTransaction';

interface KeptMessage {
  readonly action: Action;
  readonly payload: Record<string, unknown>;
}

interface StartAnswer {
  readonly transactionId: number;
  readonly idTagInfo: { readonly status: string };
}

/** A charge point of OCPP 1.6 by hand-written frames: a queue of messages about the charge that survives power cuts. */
class Ocpp16Driver implements StationDriver {
  readonly #access: StationAccess;
  #socket: BareStation | undefined;
  #transactionId: number | undefined;
  #idTag = '';
  #connectorId = 1;
  #waiting: KeptMessage[] = [];
  #last: KeptMessage | undefined;

  constructor(access: StationAccess) {
    this.#access = access;
  }

  async powerOn(): Promise<void> {
    const { ocpp, identity, password } = this.#access;
    assert.ok(password !== null);
    this.#socket = await BareStation.connect(ocpp, identity, { password });
    const boot = await this.#socket.call('BootNotification', { chargePointVendor: 'Story', chargePointModel: '1.6' });
    assert.equal(boot.status, 'Accepted');
    await this.#deliver();
  }

  cutPower(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  async showCard(idTag: string): Promise<'accepted' | 'refused'> {
    assert.ok(this.#socket !== undefined);
    const answer = await this.#socket.call<{ idTagInfo: { status: string } }>('Authorize', { idTag });
    return answer.idTagInfo.status === 'Accepted' ? 'accepted' : 'refused';
  }

  startCharge(fact: RegisterFact & { evseId: number; idToken: string }): Promise<void> {
    this.#idTag = fact.idToken;
    this.#connectorId = fact.evseId;
    return this.#keep('StartTransaction', {
      connectorId: fact.evseId,
      idTag: fact.idToken,
      meterStart: fact.registerWh,
      timestamp: fact.at.toISOString(),
    });
  }

  measure(fact: RegisterFact): Promise<void> {
    const sampledValue = [
      { value: String(fact.registerWh) },
      { value: '9.5', measurand: 'Power.Active.Import', unit: 'kW' },
    ];
    const meterValue = [{ timestamp: fact.at.toISOString(), sampledValue }];
    return this.#keep('MeterValues', { connectorId: this.#connectorId, meterValue });
  }

  stopCharge(fact: RegisterFact): Promise<void> {
    return this.#keep('StopTransaction', {
      idTag: this.#idTag,
      meterStop: fact.registerWh,
      timestamp: fact.at.toISOString(),
      reason: 'Local',
    });
  }

  async repeatLast(): Promise<void> {
    assert.ok(this.#last !== undefined);
    await this.#send(this.#last);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket?.[Symbol.asyncDispose]();
  }

  async #keep(action: Action, payload: Record<string, unknown>): Promise<void> {
    this.#waiting.push({ action, payload });
    if (this.#socket !== undefined) await this.#deliver();
  }

  async #deliver(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      await this.#send(next);
      this.#last = next;
      this.#waiting.shift();
    }
  }

  /** Every time with a new message id; the transaction's number is known once the start was answered. */
  async #send({ action, payload }: KeptMessage): Promise<void> {
    assert.ok(this.#socket !== undefined);
    if (action !== 'StartTransaction') {
      await this.#socket.call(action, { ...payload, transactionId: this.#transactionId });
      return;
    }
    const answer = await this.#socket.call<StartAnswer>(action, payload);
    assert.equal(answer.idTagInfo.status, 'Accepted');
    // A repeated start gets the number that it got before.
    assert.equal(answer.transactionId, this.#transactionId ?? answer.transactionId);
    this.#transactionId = answer.transactionId;
  }
}

describeStationProtocol('OCPP 1.6', (access) => new Ocpp16Driver(access));
