import type { VoltpileError } from '@voltpile/kernel/errors';
import { connectionLost } from '../station/errors.ts';
import type { StationEventFacts, StationEventType } from '../station/events.ts';
import type { Timer, TimerGroup } from '../virtual-time.ts';

/** A message about a transaction, as it was when it happened. */
export interface TransactionMessage {
  readonly action: string;
  /** The transaction's name, where the station knows it. */
  readonly transactionId?: string | undefined;
  /** A full memory gives these up first: meter values. */
  readonly isExpendable: boolean;
  /** Sends it, and takes in the answer. @throws connectionLost, callTimedOut, callRefused */
  send(): Promise<void>;
}

/** What the queue needs of its station. */
export interface QueueingStation {
  readonly timers: TimerGroup;
  readonly canSpeak: boolean;
  tell<T extends StationEventType>(type: T, facts: StationEventFacts[T]): void;
}

/** How often, and after how long, a message is sent again on which the central system has failed. */
export interface RetryRules {
  attempts(): number;
  intervalSeconds(): number;
}

const MAX_MESSAGES = 10_000;

/**
 * Transaction messages on their way: in order, one at a time, kept through lost connections, reboots and power cuts, and repeated as
 * the configuration says when the central system fails on them (OCPP 1.6, 4.8 and 3.7; OCPP 2.0.1, E13 and E04).
 */
export class TransactionQueue {
  readonly #station: QueueingStation;
  readonly #rules: RetryRules;
  #messages: TransactionMessage[] = [];
  #attempts = 0;
  #isPumping = false;
  #retryTimer: Timer | undefined;
  #flushWaiters: (() => void)[] = [];

  constructor(station: QueueingStation, rules: RetryRules) {
    this.#station = station;
    this.#rules = rules;
  }

  get length(): number {
    return this.#messages.length;
  }

  /** Whether a message of this kind waits. */
  has(matches: (message: TransactionMessage) => boolean): boolean {
    return this.#messages.some(matches);
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
          await message.send();
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

  /** @returns true when the message is given up */
  #failed(message: TransactionMessage, error: VoltpileError): boolean {
    this.#attempts += 1;
    if (this.#attempts >= this.#rules.attempts()) {
      this.#station.tell('message-dropped', { action: message.action, reason: error.message });
      return true;
    }
    // The wait grows with every attempt (OCPP 1.6, 9.1.30; OCPP 2.0.1, E13.FR.03).
    const delay = this.#rules.intervalSeconds() * this.#attempts;
    this.#retryTimer = this.#station.timers.after(delay * 1000, () => {
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

  /** Starts and stops are kept as long as anything else can go. */
  #makeRoom(): void {
    const from = this.#isPumping ? 1 : 0;
    const oldest =
      this.#messages.find((message, index) => index >= from && message.isExpendable) ?? this.#messages[from];
    if (oldest === undefined) return;
    this.#remove(oldest);
    this.#station.tell('message-dropped', { action: oldest.action, reason: `more than ${MAX_MESSAGES} messages wait` });
  }
}
