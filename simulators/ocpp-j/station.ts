import type { Permission } from '../station/connector.ts';
import { connectionLost } from '../station/errors.ts';
import type { OnClosed } from '../station/link.ts';
import { SimulatedStation } from '../station/simulated-station.ts';
import type { SimulatedStationOptions } from '../station/station-options.ts';
import type { Answer } from '../station/words.ts';
import type { Timer } from '../virtual-time.ts';
import { Certificates } from './certificates.ts';
import { LogUploads } from './log-upload.ts';
import { type ReservationEnd, Reservations } from './reservations.ts';
import { TransactionQueue } from './transaction-queue.ts';
import { commandError, Wire } from './wire.ts';

const BOOT_RETRY_SECONDS = 60;
const MAX_NOTIFICATIONS = 100;

export interface CallOptions {
  /** It may go out while the station is not accepted: the boot message, and what was asked for. */
  readonly beforeAccepted?: boolean | undefined;
}

/**
 * A station that speaks OCPP-J, of whatever version: CALLs and their answers over a WebSocket, the queue of transaction messages,
 * heartbeats in the pauses, certificates, uploads, reservations.
 */
export abstract class OcppJStation<T = unknown, P extends Permission = Permission> extends SimulatedStation<
  T,
  P,
  Wire
> {
  readonly queue: TransactionQueue;
  readonly reservations: Reservations;
  readonly uploads: LogUploads;
  readonly certificates: Certificates;
  #url: string;
  #password: Buffer | undefined;
  #heartbeatTimer: Timer | undefined;
  #lastSentAt = 0;
  #callsUnderWay = 0;
  #quietWaiters: (() => void)[] = [];
  #notifications: { readonly action: string; readonly payload: object }[] = [];

  /** @throws invalidOption */
  protected constructor(options: SimulatedStationOptions) {
    super(options, ['ws', 'wss']);
    const { url, password } = options;
    this.#url = url;
    this.#password = typeof password === 'string' ? Buffer.from(password, 'utf8') : password;
    this.queue = new TransactionQueue(this, {
      attempts: () => this.messageAttempts(),
      intervalSeconds: () => this.messageIntervalSeconds(),
    });
    this.reservations = new Reservations(this);
    this.uploads = new LogUploads(this);
    this.certificates = new Certificates(this);
  }

  // What the version makes of it

  /** Commands that the station knows. */
  protected abstract commandNames(): readonly string[];
  /** Carries out a command, whose payload fits its schema. */
  protected abstract carryOut(action: string, payload: object): Answer;
  /** A command's payload as it may be shown. */
  protected abstract withoutSecrets(action: string, payload: object): unknown;
  protected abstract sendHeartbeat(): Promise<void>;
  protected abstract heartbeatSeconds(): number;
  protected abstract setHeartbeatSeconds(seconds: number): void;
  protected abstract pingSeconds(): number;
  protected abstract messageAttempts(): number;
  protected abstract messageIntervalSeconds(): number;
  /** Where to connect from this power-on; empty: as the options say. */
  protected abstract configuredUrl(): string;
  /** The power is on: what waited for a reboot is in force. */
  protected abstract poweredOn(): void;
  /** The power goes: what runs in the version's part is forgotten. */
  protected abstract powerLost(): void;
  /** The station may speak. */
  protected abstract mayNowSpeak(): void;
  abstract maxInstalledCertificates(): number;
  abstract maxChainLength(): number;
  abstract organizationName(): string;
  abstract requestCertificate(csr: string): Promise<boolean>;
  abstract certificateRefused(): void;
  abstract reservationEnded(reservationId: number, end: ReservationEnd): void;

  /** What a log of the station would hold; uploads send it. */
  logText(): string {
    const lines = this.connectors.map(({ id, status, meter }) =>
      id === 0 ? `station ${status}` : `connector ${id} ${status}, ${meter.shownWh()} Wh`,
    );
    const { vendor, model } = this.facts;
    return `${[new Date(this.time.now()).toISOString(), `${vendor} ${model} ${this.firmware.version}`, ...lines].join('\n')}\n`;
  }

  /** Sends text over the socket as it is: frames that no library would make. */
  sendText(text: string): void {
    this.link.wire?.sendText(text);
  }

  /** Resolves when no CALL of this station is under way. */
  quiet(): Promise<void> {
    if (this.#callsUnderWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#quietWaiters.push(resolve));
  }

  /** Sends its boot message again (TriggerMessage); a new answer counts. */
  async bootAgain(): Promise<void> {
    await this.boot('triggered');
  }

  makeWire(onClosed: OnClosed): Wire {
    const { own } = this.certificates;
    return new Wire({
      protocol: this.protocol,
      url: this.#url,
      identity: this.identity,
      password: this.#password,
      tls: own === undefined ? this.options.tls : { ...this.options.tls, cert: own.chain, key: own.key },
      callTimeoutMs: this.options.callTimeoutMs ?? 30_000,
      pingIntervalSeconds: this.pingSeconds(),
      faults: this.faults,
      actions: this.commandNames().filter((action) => !this.options.notImplemented?.includes(action)),
      onCommand: (action, payload) => this.#command(action, payload),
      onClosed,
      onViolation: (what) => this.tell('violation', { what }),
    });
  }

  override disconnected(code: number, reason: string): void {
    this.#heartbeatTimer?.cancel();
    super.disconnected(code, reason);
  }

  /** Sends a CALL and waits for its answer. @throws connectionLost, callTimedOut, callRefused */
  protected async send(action: string, request: object, options: CallOptions = {}): Promise<unknown> {
    const { wire } = this.link;
    if (wire?.isOpen !== true || (this.registration !== 'Accepted' && options.beforeAccepted !== true)) {
      throw connectionLost({ action });
    }
    const release = this.time.hold();
    this.#callsUnderWay += 1;
    this.#lastSentAt = this.time.now();
    try {
      const response = await wire.call(action, request);
      this.link.answered();
      this.tell('answered', { action, request, response });
      return response;
    } catch (error) {
      this.tell('failed', { action, request, reason: (error as Error).message });
      throw error;
    } finally {
      this.#callsUnderWay -= 1;
      if (this.#callsUnderWay === 0) for (const wake of this.#quietWaiters.splice(0)) wake();
      release();
    }
  }

  /** Sends a notification whose answer does not matter; one that cannot go now waits (the newest hundred do). */
  protected enqueue(action: string, payload: object): void {
    this.#notifications.push({ action, payload });
    if (this.#notifications.length > MAX_NOTIFICATIONS) this.#notifications.shift();
    this.#sendNotifications();
  }

  /** Plans the next heartbeat: so long after the last message of whatever kind (OCPP 1.6, 4.6; 2.0.1, G02). */
  protected armHeartbeat(): void {
    this.#heartbeatTimer?.cancel();
    const interval = this.heartbeatSeconds() * 1000;
    if (interval === 0 || !this.canSpeak) return;
    const due = Math.max(this.time.now() + 1, this.#lastSentAt + interval);
    this.#heartbeatTimer = this.timers.at(due, () => {
      if (this.time.now() - this.#lastSentAt < interval) return this.armHeartbeat();
      void this.sendHeartbeat()
        .catch(() => undefined)
        .finally(() => this.armHeartbeat());
    });
  }

  protected setPingInterval(seconds: number): void {
    this.link.wire?.setPingInterval(seconds);
  }

  /** Logs in with another password from the next connection on. */
  protected setPassword(password: Buffer): void {
    this.#password = password;
  }

  protected address(): string {
    return this.#url;
  }

  protected bootRetrySeconds(): number {
    return BOOT_RETRY_SECONDS;
  }

  protected accepted(intervalSeconds: number): void {
    if (intervalSeconds > 0) this.setHeartbeatSeconds(intervalSeconds);
  }

  protected async takeUp(isNew: boolean): Promise<void> {
    const reports = this.reportStatuses(isNew);
    this.armHeartbeat();
    this.mayNowSpeak();
    await reports;
    if (!this.canSpeak) return;
    this.firmware.booted();
    this.#sendNotifications();
    this.queue.resume();
  }

  protected wake(): void {
    this.poweredOn();
    this.#url = this.configuredUrl() || this.options.url;
    this.reservations.rearm();
  }

  protected forget(): void {
    this.queue.powerLost();
    this.uploads.powerLost();
    this.powerLost();
  }

  protected connectorLost(connectorId: number): void {
    this.reservations.connectorLost(connectorId);
  }

  #sendNotifications(): void {
    if (!this.canSpeak) return;
    for (const notification of this.#notifications.splice(0)) {
      this.send(notification.action, notification.payload).catch((error: unknown) => {
        if (connectionLost.is(error)) this.#notifications.push(notification);
      });
    }
  }

  async #command(action: string, payload: object): Promise<Answer | undefined> {
    const fault = this.faults.takeForAnswer(action, payload);
    if (fault?.kind === 'call-error') throw commandError(fault.code, fault.description ?? '');
    // The strict library has checked the payload against the action's schema.
    const answer = this.carryOut(action, payload);
    const { response, afterwards } = answer;
    this.tell('command', { action, request: this.withoutSecrets(action, payload), response });
    switch (fault?.kind) {
      case 'never-answer':
        if (afterwards !== undefined) setImmediate(afterwards);
        return undefined;
      case 'answer-late':
        await this.timers.sleep(fault.delaySeconds * 1000);
        return answer;
      case 'wrong-answer':
        return { response: fault.payload, afterwards };
      default:
        return answer;
    }
  }
}
