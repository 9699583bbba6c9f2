import type { VoltpileError } from '@voltpile/kernel/errors';
import type { Timer } from '../virtual-time.ts';
import { connectionLost } from './errors.ts';
import { meterValues } from './messages/meter-values.ts';
import { startTransaction } from './messages/start-transaction.ts';
import { stopTransaction } from './messages/stop-transaction.ts';
import type { SimulatedStation } from './station.ts';
import type { Transaction } from './transaction.ts';
import type { StationRequest } from './types.ts';

/** A message about a transaction, as it was when it happened; the transaction's number is filled in when it is sent. */
export type TransactionMessage =
  | {
      readonly action: 'StartTransaction';
      readonly transaction: Transaction;
      readonly request: StationRequest<'StartTransaction'>;
    }
  | {
      readonly action: 'MeterValues';
      readonly transaction: Transaction;
      readonly request: Omit<StationRequest<'MeterValues'>, 'transactionId'>;
    }
  | {
      readonly action: 'StopTransaction';
      readonly transaction: Transaction;
      readonly request: Omit<StationRequest<'StopTransaction'>, 'transactionId'>;
    };

const MAX_MESSAGES = 10_000;

/**
 * Transaction messages on their way (OCPP 1.6, 4.8 and 3.7): in order, one at a time, kept through lost connections, reboots and power
 * cuts, and repeated as TransactionMessageAttempts and TransactionMessageRetryInterval say when the central system fails on them.
 */
export class TransactionQueue {
  readonly #station: SimulatedStation;
  #messages: TransactionMessage[] = [];
  #attempts = 0;
  #isPumping = false;
  #retryTimer: Timer | undefined;
  #flushWaiters: (() => void)[] = [];

  constructor(station: SimulatedStation) {
    this.#station = station;
  }

  get length(): number {
    return this.#messages.length;
  }

  add(message: TransactionMessage): void {
    if (this.#messages.length >= MAX_MESSAGES) this.#makeRoom();
    this.#messages.push(message);
    this.resume();
  }

  /** Sends what waits, when the station may speak and no retry is pending. */
  resume(): void {
    if (this.#isPumping || this.#retryTimer !== undefined) return;
    void this.#pump();
  }

  /** A retry that was planned has died with the power. */
  powerLost(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
  }

  /** Resolves when nothing waits any more. */
  flushed(): Promise<void> {
    if (this.#messages.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushWaiters.push(resolve));
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      for (
        let message = this.#messages[0];
        message !== undefined && this.#station.canSpeak;
        message = this.#messages[0]
      ) {
        try {
          await this.#send(message);
        } catch (error) {
          if (connectionLost.is(error)) return;
          if (!this.#failed(message, error as VoltpileError)) return;
        }
        this.#attempts = 0;
        this.#remove(message);
      }
    } finally {
      this.#isPumping = false;
    }
    if (this.#messages.length === 0) this.#allGone();
  }

  async #send(message: TransactionMessage): Promise<void> {
    switch (message.action) {
      case 'StartTransaction':
        return startTransaction(this.#station, message.transaction, message.request);
      case 'MeterValues':
        return meterValues(this.#station, message.transaction, message.request);
      case 'StopTransaction':
        return stopTransaction(this.#station, message.transaction, message.request);
    }
  }

  /** @returns true when the message is given up */
  #failed(message: TransactionMessage, error: VoltpileError): boolean {
    const { configuration, timers } = this.#station;
    this.#attempts += 1;
    if (this.#attempts >= configuration.integer('TransactionMessageAttempts')) {
      this.#station.tell('message-dropped', { action: message.action, reason: error.message });
      return true;
    }
    // The wait grows with every attempt (OCPP 1.6, 9.1.30).
    const delay = configuration.integer('TransactionMessageRetryInterval') * this.#attempts;
    this.#retryTimer = timers.after(delay * 1000, () => {
      this.#retryTimer = undefined;
      this.resume();
    });
    return false;
  }

  #remove(message: TransactionMessage): void {
    const index = this.#messages.indexOf(message);
    if (index >= 0) this.#messages.splice(index, 1);
  }

  #allGone(): void {
    const waiters = this.#flushWaiters;
    this.#flushWaiters = [];
    this.#station.tell('flushed', {});
    for (const wake of waiters) wake();
  }

  /** A full memory gives up meter values before it gives up starts and stops. */
  #makeRoom(): void {
    const from = this.#isPumping ? 1 : 0;
    const oldest =
      this.#messages.find((message, index) => index >= from && message.action === 'MeterValues') ??
      this.#messages[from];
    if (oldest === undefined) return;
    this.#remove(oldest);
    this.#station.tell('message-dropped', { action: oldest.action, reason: `more than ${MAX_MESSAGES} messages wait` });
  }
}
