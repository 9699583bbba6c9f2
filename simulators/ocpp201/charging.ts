import { isSameCard } from '../station/card.ts';
import { notPossible } from '../station/errors.ts';
import type { CardOutcome, ChargingRules } from '../station/simulated-station.ts';
import { MILLIJOULES_PER_WH, Vehicle, type VehicleFacts } from '../station/vehicle.ts';
import type { Interruption } from '../station/words.ts';
import type { Timer } from '../virtual-time.ts';
import { fromOcpp201Profile } from './charging-profile.ts';
import type { TxPoint } from './device-model/variables.ts';
import { endCauseOf } from './end-causes.ts';
import { fromIdTokenInfo, toIdToken } from './id-token-info.ts';
import { Metering } from './metering.ts';
import type { SimulatedStation201 } from './station.ts';
import type { Connector, EndCause, Permission, Transaction } from './transaction.ts';
import { TransactionEvents } from './transaction-events.ts';
import type { IdToken, StationResponse, TransactionEvent, TriggerReason } from './types.ts';

const NEVER_MS = Number.MAX_SAFE_INTEGER / 4;
const NO_TIMER: Timer = { cancel: () => undefined };

/** Who may charge, and how that came about. */
export type Driver = Omit<Permission, 'timeout' | 'reservationId'> & { readonly trigger: 'Authorized' | 'RemoteStart' };

/** Cards, cables and transactions by the rules of OCPP 2.0.1, with start and stop points as TxCtrlr says (E). */
export class Charging implements ChargingRules<Connector> {
  readonly metering: Metering;
  readonly events: TransactionEvents;
  readonly #station: SimulatedStation201;

  constructor(station: SimulatedStation201) {
    this.#station = station;
    this.events = new TransactionEvents(station);
    this.metering = new Metering(station, this.events);
  }

  /** A car is plugged. @throws notPossible when one is already */
  plugIn(connector: Connector, facts: VehicleFacts): void {
    if (connector.vehicle !== undefined) throw notPossible({ reason: `Connector ${connector.id} has a car already.` });
    connector.vehicle = new Vehicle(facts);
    const { permission } = connector;
    permission?.timeout.cancel();
    if (permission !== undefined && !connector.isClosed) this.#close(connector);
    this.#occurred(connector, 'CablePluggedIn');
  }

  /** The cable is pulled on the car's side. @throws notPossible when none is plugged */
  unplug(connector: Connector): void {
    if (connector.vehicle === undefined) throw notPossible({ reason: `Connector ${connector.id} has no car.` });
    this.#station.energy.count(connector);
    connector.vehicle = undefined;
    connector.isFinishing = false;
    if (connector.isClosed && !this.#station.device.flag('TxCtrlr.StopTxOnEVSideDisconnect')) {
      // The charge goes on when the same cable is plugged again (E10).
      connector.flow = 'suspended-ev';
      this.#occurred(connector, 'EVCommunicationLost');
      return;
    }
    this.#end(connector, { trigger: 'EVCommunicationLost', reason: 'EVDisconnected' });
  }

  /** A card is shown: it starts, stops, or is refused. */
  async presentCard(connector: Connector, card: string | IdToken): Promise<CardOutcome> {
    const idToken = toIdToken(card);
    const { permission } = connector;
    if (permission !== undefined) return this.#cardDuringCharge(connector, permission, idToken);
    if (!this.#station.mayStart(connector)) return { outcome: 'refused', status: 'Unavailable' };
    if (this.#station.reservations.isHopeless(connector, idToken.idToken)) {
      return { outcome: 'refused', status: 'Reserved' };
    }
    const { info } = await this.#station.authorization.decide(connector.id, idToken);
    if (info.status !== 'Accepted') return { outcome: 'refused', status: info.status };
    // A master pass stops charges and starts none (C16).
    if (this.#isMasterPass(info.group)) return { outcome: 'refused', status: 'Invalid' };
    return this.permit(connector, {
      idToken,
      groupId: info.group,
      remoteStartId: undefined,
      chargingProfile: undefined,
      trigger: 'Authorized',
    });
  }

  /** An accepted driver begins to charge, or waits for the cable. */
  permit(connector: Connector, { trigger, ...driver }: Driver): CardOutcome {
    if (!this.#station.mayStart(connector)) return { outcome: 'refused', status: 'Unavailable' };
    if (connector.permission !== undefined) return { outcome: 'refused', status: 'ConcurrentTx' };
    const reservation = this.#station.reservations.check(connector, driver.idToken.idToken, driver.groupId);
    if (reservation === 'reserved') return { outcome: 'refused', status: 'Reserved' };
    const reservationId = reservation === 'free' ? undefined : reservation;
    const isPlugged = connector.vehicle !== undefined;
    const timeout = isPlugged ? NO_TIMER : this.#awaitCable(connector);
    connector.permission = { ...driver, reservationId, timeout };
    // A transaction that waited for its stop point goes on.
    if (connector.transaction !== undefined) connector.transaction.stoppedReason = undefined;
    if (isPlugged) this.#close(connector);
    this.#occurred(connector, trigger, driver.idToken);
    return { outcome: isPlugged ? 'started' : 'waiting-for-cable' };
  }

  /** The driver's charge is over; the transaction ends, or waits for its stop point (E06). */
  deauthorize(connector: Connector, cause: EndCause): void {
    const { transaction } = connector;
    const points = this.#points('TxCtrlr.TxStopPoint');
    const hadPower = connector.isClosed;
    const ends =
      points.includes('Authorized') ||
      (hadPower && (points.includes('PowerPathClosed') || points.includes('EnergyTransfer')));
    if (transaction === undefined || ends) {
      this.#end(connector, cause);
      return;
    }
    this.#station.energy.open(connector);
    connector.permission?.timeout.cancel();
    connector.permission = undefined;
    connector.isFinishing = connector.vehicle !== undefined;
    transaction.stoppedReason ??= cause.reason;
    this.events.updated(connector, transaction, cause.trigger, { idToken: cause.idToken });
    this.#station.energy.updateAll();
  }

  interrupt(connector: Connector, interruption: Interruption): void {
    if (connector.transaction === undefined && connector.permission === undefined) return;
    this.#end(connector, endCauseOf(interruption, connector.errorCode));
  }

  /** An event was answered. */
  confirmed(transaction: Transaction, request: TransactionEvent, response: StationResponse<'TransactionEvent'>): void {
    const { connectorId, localId, transactionId } = transaction;
    const { idTokenInfo, totalCost } = response;
    const { idToken } = request;
    transaction.totalCost = totalCost ?? transaction.totalCost;
    if (idToken !== undefined && idTokenInfo !== undefined) {
      this.#station.authorization.learn(idToken, fromIdTokenInfo(idTokenInfo));
    }
    if (request.eventType === 'Started') {
      const status = idTokenInfo?.status ?? 'Accepted';
      this.#station.tell('transaction-confirmed', { connectorId, localId, transactionId, status });
    }
    if (request.eventType === 'Ended') {
      this.#station.tell('transaction-closed', { connectorId, localId, transactionId });
    }
    const { permission } = this.#station.connector(connectorId);
    if (idTokenInfo === undefined || transaction.hasEnded || permission === undefined) return;
    if (!isSameCard(permission.idToken.idToken, idToken?.idToken)) return;
    permission.groupId ??= idTokenInfo.groupIdToken?.idToken;
    if (idTokenInfo.status !== 'Accepted') this.#refusedAfterwards(this.#station.connector(connectorId));
  }

  /** Energy began to flow, ceased, or the reason why it does not flow has changed. */
  flowChanged(connector: Connector): void {
    const { transaction } = connector;
    if (transaction === undefined) {
      const starts = this.#points('TxCtrlr.TxStartPoint').includes('EnergyTransfer');
      if (starts && connector.flow === 'charging') this.#begin(connector, 'ChargingStateChanged');
      return;
    }
    const isOver = connector.flow === 'suspended-ev' && connector.vehicle?.isFull === true;
    if (isOver && this.#points('TxCtrlr.TxStopPoint').includes('EnergyTransfer')) {
      this.#end(connector, { trigger: 'ChargingStateChanged', reason: 'StoppedByEV' });
      return;
    }
    this.events.updated(connector, transaction, 'ChargingStateChanged', {
      ...(connector.flow === 'charging' ? { numberOfPhasesUsed: this.#station.phases } : {}),
    });
  }

  #close(connector: Connector): void {
    this.#station.energy.close(connector);
    connector.isFinishing = false;
    const { permission } = connector;
    if (permission?.chargingProfile !== undefined) {
      const { chargingProfile } = permission;
      this.#station.profiles.set(connector.id, fromOcpp201Profile(chargingProfile), {
        profile: chargingProfile,
        source: 'CSO',
      });
    }
  }

  /** Something became true at the connector: a transaction starts, or hears of it. */
  #occurred(connector: Connector, trigger: TriggerReason, idToken?: IdToken): void {
    const { transaction } = connector;
    if (transaction !== undefined) this.events.updated(connector, transaction, trigger, { idToken });
    else if (this.#points('TxCtrlr.TxStartPoint').some((point) => this.#holds(connector, point))) {
      this.#begin(connector, trigger);
    }
    this.#station.energy.update(connector);
  }

  #holds(connector: Connector, point: TxPoint): boolean {
    switch (point) {
      case 'EVConnected':
        return connector.vehicle !== undefined;
      case 'Authorized':
        return connector.permission !== undefined;
      case 'PowerPathClosed':
        return connector.isClosed;
      case 'EnergyTransfer':
        // Known when it flows.
        return false;
    }
  }

  #begin(connector: Connector, trigger: TriggerReason): void {
    const transaction = this.events.started(connector, trigger, () => this.metering.atStart(connector));
    const { permission } = connector;
    const { localId, meterStartWh } = transaction;
    const idTag = permission?.idToken.idToken ?? '';
    this.#station.tell('transaction-started', { connectorId: connector.id, idTag, localId, meterStartWh });
    if (permission?.reservationId !== undefined) this.#station.reservations.used(permission.reservationId);
    this.metering.arm(connector);
  }

  /** Everything is over at the connector, but for a cable that may still be plugged. */
  #end(connector: Connector, cause: EndCause): void {
    const { display, energy, profiles, reservations } = this.#station;
    const { transaction } = connector;
    energy.count(connector);
    const values = transaction === undefined ? [] : this.metering.atEnd(connector, transaction);
    connector.permission?.timeout.cancel();
    connector.permission = undefined;
    energy.open(connector);
    connector.isFinishing = connector.vehicle !== undefined && transaction !== undefined;
    connector.sampleTimer?.cancel();
    if (transaction !== undefined) {
      transaction.hasEnded = true;
      connector.transaction = undefined;
      const reason = transaction.stoppedReason ?? cause.reason;
      this.events.ended(connector, transaction, { ...cause, reason }, values);
      profiles.transactionEnded(connector.id);
      display.transactionEnded(transaction.transactionId);
      const { localId, transactionId, meterStartWh } = transaction;
      const meterStopWh = connector.meter.shownWh();
      const energyWh = meterStopWh - meterStartWh;
      const facts = { connectorId: connector.id, localId, transactionId, reason, meterStopWh, energyWh };
      this.#station.tell('transaction-stopped', facts);
    }
    if (connector.scheduledInoperative !== undefined) {
      connector.isInoperative = connector.scheduledInoperative;
      connector.scheduledInoperative = undefined;
      if (connector.isInoperative) reservations.connectorLost(connector.id);
    }
    energy.updateAll();
    this.#station.chargeEnded(connector);
  }

  #awaitCable(connector: Connector): Timer {
    const seconds = this.#station.device.integer('TxCtrlr.EVConnectionTimeOut');
    return this.#station.timers.after(seconds === 0 ? NEVER_MS : seconds * 1000, () =>
      this.#end(connector, { trigger: 'EVConnectTimeout', reason: 'Timeout' }),
    );
  }

  async #cardDuringCharge(connector: Connector, permission: Permission, idToken: IdToken): Promise<CardOutcome> {
    let reason: EndCause['reason'] = 'Local';
    if (!isSameCard(permission.idToken.idToken, idToken.idToken)) {
      const hasMaster = this.#station.device.text('AuthCtrlr.MasterPassGroupId') !== '';
      if (permission.groupId === undefined && !hasMaster) return { outcome: 'refused', status: 'ConcurrentTx' };
      const { info } = await this.#station.authorization.decide(connector.id, idToken);
      if (info.status !== 'Accepted') return { outcome: 'refused', status: info.status };
      if (this.#isMasterPass(info.group)) reason = 'MasterPass';
      else if (!isSameCard(info.group, permission.groupId)) return { outcome: 'refused', status: 'ConcurrentTx' };
    }
    const wasCharging = connector.isClosed;
    if (connector.permission === permission) {
      this.deauthorize(connector, { trigger: 'StopAuthorized', reason, idToken });
    }
    return { outcome: wasCharging ? 'stopped' : 'cancelled' };
  }

  /** The central system does not accept a card with which the station began to charge (C15, E05). */
  #refusedAfterwards(connector: Connector): void {
    const { device, energy } = this.#station;
    const cause: EndCause = { trigger: 'Deauthorized', reason: 'DeAuthorized' };
    if (!connector.isClosed) {
      this.deauthorize(connector, cause);
      return;
    }
    if (!device.flag('TxCtrlr.StopTxOnInvalidId')) {
      connector.isBlocked = true;
      energy.update(connector);
      return;
    }
    const graceWh = device.integer('TxCtrlr.MaxEnergyOnInvalidId');
    if (graceWh === 0) {
      this.deauthorize(connector, cause);
      return;
    }
    energy.whenReached(connector, connector.meter.millijoules + graceWh * MILLIJOULES_PER_WH, (reached) => {
      if (reached) this.deauthorize(connector, cause);
    });
  }

  #isMasterPass(groupId: string | undefined): boolean {
    return isSameCard(groupId, this.#station.device.text('AuthCtrlr.MasterPassGroupId'));
  }

  #points(key: 'TxCtrlr.TxStartPoint' | 'TxCtrlr.TxStopPoint'): TxPoint[] {
    return this.#station.device.list(key) as TxPoint[];
  }
}
