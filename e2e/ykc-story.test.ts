import assert from 'node:assert/strict';
import { BarePile } from './harness/bare-pile.ts';
import { type ChargeRecord, type GunPicture, STARTED, STOPPED, serialOf } from './harness/pile-bodies.ts';
import { describeStationProtocol, type RegisterFact, type StationAccess, type StationDriver } from './station-story.ts';

const DECI_WH = 10;
/** What a gun shows that delivers the story's 9.5 kW. */
const POWER = { voltageDeciVolt: 4000, currentDeciAmpere: 237, soc: 40 } as const;

interface Charge {
  readonly serial: string;
  readonly gun: number;
  readonly card: string;
  readonly startedBy: number;
  readonly start: RegisterFact;
}

/**
 * A YKC pile by hand-made frames. It shows what its gun does, and shows it nobody while it has no connection; of a charge it keeps the record,
 * through power cuts, until it is confirmed.
 */
class YkcDriver implements StationDriver {
  readonly #access: StationAccess;
  readonly #pictures = new Map<number, GunPicture>();
  #pile: BarePile | undefined;
  #authorized: { readonly card: string; readonly serial: string } | undefined;
  #charge: Charge | undefined;
  /** Not confirmed yet. */
  #kept: ChargeRecord | undefined;
  #confirmed: ChargeRecord | undefined;
  #charges = 0;

  constructor(access: StationAccess) {
    this.#access = access;
  }

  async powerOn(): Promise<void> {
    const { ykc, identity, offsetMinutes } = this.#access;
    this.#pile = await BarePile.enter(ykc, identity, { offsetMinutes, pictures: this.#pictures });
    await this.#deliver();
    await this.#show();
  }

  cutPower(): void {
    this.#pile?.terminate();
    this.#pile = undefined;
  }

  async showCard(card: string): Promise<'accepted' | 'refused'> {
    assert.ok(this.#pile !== undefined);
    const { accepted, serial } = await this.#pile.showCard(card);
    this.#authorized = accepted ? { card, serial } : undefined;
    return accepted ? 'accepted' : 'refused';
  }

  /** Under the serial that came with the authorisation, or, without a connection, under one of its own. */
  async startCharge(start: RegisterFact & { evseId: number; idToken: string }): Promise<void> {
    const { evseId: gun, idToken: card } = start;
    const isOnline = this.#pile !== undefined;
    const serial = isOnline ? this.#authorized?.serial : this.#ownSerial(gun, start.at);
    assert.ok(serial !== undefined);
    if (isOnline) assert.equal(this.#authorized?.card, card);
    this.#charge = { serial, gun, card, start, startedBy: isOnline ? STARTED.byCard : STARTED.byCardOffline };
    this.#pictures.set(gun, { serial, status: 'charging', plugged: true, ...POWER });
    await this.#show();
  }

  async measure({ at, registerWh }: RegisterFact): Promise<void> {
    assert.ok(this.#charge !== undefined);
    const { serial, gun, start } = this.#charge;
    this.#pictures.set(gun, {
      serial,
      status: 'charging',
      plugged: true,
      ...POWER,
      chargedMinutes: Math.floor((at.getTime() - start.at.getTime()) / 60_000),
      energyDeciWh: (registerWh - start.registerWh) * DECI_WH,
    });
    await this.#show();
  }

  async stopCharge({ at, registerWh }: RegisterFact): Promise<void> {
    assert.ok(this.#charge !== undefined);
    const { serial, gun, card, start, startedBy } = this.#charge;
    this.#charge = undefined;
    this.#kept = {
      serial,
      gun,
      card,
      startedBy,
      startedAt: start.at.getTime(),
      endedAt: at.getTime(),
      meterStartDeciWh: start.registerWh * DECI_WH,
      meterStopDeciWh: registerWh * DECI_WH,
      stopReason: STOPPED.byHand,
    };
    this.#pictures.set(gun, { serial, status: 'idle', plugged: true });
    await this.#deliver();
    await this.#show();
  }

  async repeatLast(): Promise<void> {
    if (this.#confirmed === undefined) return this.#show();
    assert.equal(await this.#pile?.deliver(this.#confirmed), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pile?.[Symbol.asyncDispose]();
  }

  #ownSerial(gun: number, at: Date): string {
    const { identity, offsetMinutes } = this.#access;
    return serialOf(identity, gun, at.getTime(), ++this.#charges, offsetMinutes);
  }

  async #deliver(): Promise<void> {
    if (this.#pile === undefined || this.#kept === undefined) return;
    assert.equal(await this.#pile.deliver(this.#kept), 0);
    this.#confirmed = this.#kept;
    this.#kept = undefined;
  }

  /** Tells what the guns do. The answer to the heartbeat behind it says that it was read. */
  async #show(): Promise<void> {
    if (this.#pile === undefined) return;
    for (const [gun, picture] of this.#pictures) this.#pile.report(gun, picture);
    await this.#pile.heartbeat();
  }
}

describeStationProtocol('YKC', (access) => new YkcDriver(access), { hasPasswords: false });
