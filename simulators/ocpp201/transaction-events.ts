import { Random } from '../random.ts';
import { transactionEvent } from './messages/transaction-event.ts';
import type { SimulatedStation201 } from './station.ts';
import type { Connector, EndCause, Transaction } from './transaction.ts';
import type { ChargingState, IdToken, MeterValue, TransactionEvent, TriggerReason } from './types.ts';

interface More {
  readonly idToken?: IdToken | undefined;
  readonly meterValue?: MeterValue[] | undefined;
  readonly numberOfPhasesUsed?: number | undefined;
}

/** Writes the events of transactions, numbers them, and hands them to the queue as they are when they happen (OCPP 2.0.1, E). */
export class TransactionEvents {
  readonly #station: SimulatedStation201;
  readonly #names: Random;
  #lastLocalId = 0;

  constructor(station: SimulatedStation201) {
    this.#station = station;
    const { identity, time, options } = station;
    // Another run of the same station must not use the same names again: the instant of its making is part of them.
    this.#names = Random.named(options.seed ?? 1, `${identity} ${time.now()} transactions`);
  }

  /** Makes a transaction and tells of its start. */
  started(connector: Connector, trigger: TriggerReason, sample: () => MeterValue | undefined): Transaction {
    const now = this.#station.clock.now();
    this.#station.energy.count(connector);
    this.#lastLocalId += 1;
    const transaction: Transaction = {
      localId: this.#lastLocalId,
      transactionId: this.#newName(),
      connectorId: connector.id,
      startedAt: now,
      meterStartWh: connector.meter.shownWh(),
      seqNo: 0,
      toldReservation: false,
      toldRemoteStart: false,
      endedValues: [],
      stoppedReason: undefined,
      totalCost: undefined,
      hasEnded: false,
    };
    connector.transaction = transaction;
    const value = sample();
    const idToken = connector.permission?.idToken;
    this.#add(connector, transaction, 'Started', trigger, { idToken, meterValue: value && [value] });
    return transaction;
  }

  updated(connector: Connector, transaction: Transaction, trigger: TriggerReason, more: More = {}): void {
    this.#add(connector, transaction, 'Updated', trigger, more);
  }

  ended(connector: Connector, transaction: Transaction, cause: EndCause, meterValue: MeterValue[]): void {
    this.#add(
      connector,
      transaction,
      'Ended',
      cause.trigger,
      { idToken: cause.idToken, meterValue: meterValue.length === 0 ? undefined : meterValue },
      { stoppedReason: cause.reason },
    );
  }

  #add(
    connector: Connector,
    transaction: Transaction,
    eventType: TransactionEvent['eventType'],
    triggerReason: TriggerReason,
    { idToken, meterValue, numberOfPhasesUsed }: More,
    info: Partial<TransactionEvent['transactionInfo']> = {},
  ): void {
    const station = this.#station;
    const { permission } = connector;
    const request: TransactionEvent = {
      eventType,
      timestamp: station.clock.write(station.clock.now()),
      triggerReason,
      seqNo: transaction.seqNo,
      ...(station.isConnected ? {} : { offline: true }),
      transactionInfo: { transactionId: transaction.transactionId, chargingState: chargingStateOf(connector), ...info },
      // Only the first event tells where (E01.FR.16).
      ...(eventType === 'Started' ? { evse: { id: connector.id, connectorId: 1 } } : {}),
      ...(idToken === undefined ? {} : { idToken }),
      ...(meterValue === undefined ? {} : { meterValue: meterValue as NonNullable<TransactionEvent['meterValue']> }),
      ...(numberOfPhasesUsed === undefined ? {} : { numberOfPhasesUsed }),
    };
    transaction.seqNo += 1;
    if (permission?.reservationId !== undefined && !transaction.toldReservation) {
      transaction.toldReservation = true;
      request.reservationId = permission.reservationId;
    }
    if (permission?.remoteStartId !== undefined && !transaction.toldRemoteStart) {
      transaction.toldRemoteStart = true;
      request.transactionInfo.remoteStartId = permission.remoteStartId;
    }
    const energyWh = connector.meter.shownWh() - transaction.meterStartWh;
    station.queue.add({
      action: 'TransactionEvent',
      transactionId: transaction.transactionId,
      isExpendable: eventType === 'Updated' && triggerReason.startsWith('MeterValue'),
      send: () => transactionEvent(station, transaction, request, energyWh),
    });
  }

  /** In the form of a UUID, from the seed. */
  #newName(): string {
    const digits = Array.from({ length: 32 }, () => this.#names.integer(0, 15).toString(16));
    digits[12] = '4';
    digits[16] = (8 + this.#names.integer(0, 3)).toString(16);
    return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
}

function chargingStateOf(connector: Connector): ChargingState {
  switch (connector.flow) {
    case 'charging':
      return 'Charging';
    case 'suspended-ev':
      return 'SuspendedEV';
    case 'suspended-evse':
      return 'SuspendedEVSE';
    case undefined:
      return connector.vehicle === undefined ? 'Idle' : 'EVConnected';
  }
}
