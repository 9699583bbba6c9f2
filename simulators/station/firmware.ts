import type { TimerGroup, VirtualTime } from '../virtual-time.ts';
import type { Connector } from './connector.ts';
import type { StationEventFacts, StationEventType } from './events.ts';
import type { Faults } from './faults.ts';
import { downloadFile, isReachableByHttp } from './file-transfer.ts';
import type { StationClock } from './station-clock.ts';
import type { RebootCause } from './words.ts';

const DOWNLOAD_SECONDS = 60;
const VERIFY_SECONDS = 2;
const INSTALL_SECONDS = 90;
const MAX_RETRIES = 10;
const DEFAULT_RETRY_SECONDS = 60;

/** Statuses of OCPP 2.0.1 and of 1.6's security extension, as far as this station gets into them. */
export type FirmwareStatus =
  | 'Idle'
  | 'DownloadScheduled'
  | 'Downloading'
  | 'Downloaded'
  | 'DownloadFailed'
  | 'SignatureVerified'
  | 'InvalidSignature'
  | 'InstallScheduled'
  | 'Installing'
  | 'InstallationFailed'
  | 'InstallRebooting'
  | 'Installed';

export interface FirmwareUpdate {
  readonly location: string;
  /** Epoch milliseconds. */
  readonly retrieveAt: number;
  /** Epoch milliseconds; 0 is as soon as possible. */
  readonly installAt?: number | undefined;
  readonly retries?: number | undefined;
  readonly retrySeconds?: number | undefined;
  /** Undefined for the plain request of OCPP 1.6, whose statuses have none. */
  readonly requestId: number | undefined;
  readonly isSigned: boolean;
}

/** What an update needs of its station. */
export interface UpdatableStation {
  readonly time: VirtualTime;
  readonly clock: StationClock;
  readonly timers: TimerGroup;
  readonly faults: Faults;
  readonly realTransfers: boolean;
  readonly chargingConnectors: readonly Connector[];
  reportFirmware(status: FirmwareStatus, requestId: number | undefined): void;
  securityEvent(type: string, techInfo?: string): void;
  tell<T extends StationEventType>(type: T, facts: StationEventFacts[T]): void;
  quiet(): Promise<void>;
  reboot(type: 'Soft', cause: RebootCause): Promise<void>;
}

/**
 * Firmware updates (OCPP 1.6, 4.5 and 6.19, and security extension, chapter 5; OCPP 2.0.1, L01 and L02): the statuses in their order,
 * the installation once no car charges, a reboot, and the new version in the next boot message.
 */
export class Firmware {
  readonly #station: UpdatableStation;
  version: string;
  #running: FirmwareUpdate | undefined;
  /** Installed, but not yet told since the reboot. */
  #toReport: { readonly version: string; readonly requestId: number | undefined } | undefined;
  status: FirmwareStatus = 'Idle';
  requestId: number | undefined;

  constructor(station: UpdatableStation, version: string) {
    this.#station = station;
    this.version = version;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** @returns whether a running update was cancelled for this one */
  begin(update: FirmwareUpdate): boolean {
    const cancelled = this.isRunning;
    this.#running = update;
    this.requestId = update.requestId;
    void this.#run(update);
    return cancelled;
  }

  /** The boot after an installation tells its result. */
  booted(): void {
    const done = this.#toReport;
    if (done === undefined) return;
    this.#toReport = undefined;
    this.requestId = done.requestId;
    this.#report(done.requestId, 'Installed');
    this.#station.tell('firmware-installed', { version: done.version });
    if (done.requestId !== undefined) this.#station.securityEvent('FirmwareUpdated', done.version);
  }

  /** An update that was not installed yet is forgotten with the power. */
  powerLost(): void {
    this.#running = undefined;
  }

  async #run(update: FirmwareUpdate): Promise<void> {
    const { timers, clock, faults } = this.#station;
    const wait = update.retrieveAt - clock.now();
    if (wait > 0) {
      if (update.requestId !== undefined) this.#report(update.requestId, 'DownloadScheduled');
      await timers.sleep(wait);
    }
    if (!(await this.#download(update))) return this.#done(update);
    if (update.isSigned) {
      await timers.sleep(VERIFY_SECONDS * 1000);
      if (this.#isOver(update)) return;
      if (faults.firmware === 'signature-invalid') {
        this.#report(update.requestId, 'InvalidSignature');
        this.#station.securityEvent('InvalidFirmwareSignature');
        return this.#done(update);
      }
      this.#report(update.requestId, 'SignatureVerified');
    }
    const waitForInstall = (update.installAt ?? 0) - clock.now();
    if (waitForInstall > 0) {
      this.#report(update.requestId, 'InstallScheduled');
      await timers.sleep(waitForInstall);
    }
    await this.#idle();
    if (this.#isOver(update)) return;
    this.#report(update.requestId, 'Installing');
    await timers.sleep(INSTALL_SECONDS * 1000);
    if (this.#isOver(update)) return;
    if (faults.firmware === 'installation-fails') {
      this.#report(update.requestId, 'InstallationFailed');
      return this.#done(update);
    }
    if (update.requestId !== undefined) this.#report(update.requestId, 'InstallRebooting');
    await this.#station.quiet();
    this.version = versionOf(update.location, this.version);
    this.#toReport = { version: this.version, requestId: update.requestId };
    this.#done(update);
    void this.#station.reboot('Soft', 'firmware').catch(() => undefined);
  }

  /** @returns whether the file came, with the retries that the request allows */
  async #download(update: FirmwareUpdate): Promise<boolean> {
    const { timers, faults } = this.#station;
    const { retries = 0, retrySeconds = DEFAULT_RETRY_SECONDS } = update;
    for (let attempt = 0; attempt <= Math.min(retries, MAX_RETRIES); attempt += 1) {
      if (attempt > 0) await timers.sleep(retrySeconds * 1000);
      if (this.#isOver(update)) return false;
      this.#report(update.requestId, 'Downloading');
      await timers.sleep(DOWNLOAD_SECONDS * 1000);
      if (this.#isOver(update)) return false;
      const works = faults.firmware !== 'download-fails' && (await this.#transfer(update.location));
      if (this.#isOver(update)) return false;
      this.#report(update.requestId, works ? 'Downloaded' : 'DownloadFailed');
      if (works) return true;
    }
    return false;
  }

  async #transfer(location: string): Promise<boolean> {
    const { realTransfers, time } = this.#station;
    if (!realTransfers || !isReachableByHttp(location)) return true;
    const release = time.hold();
    try {
      return (await downloadFile(location)) !== undefined;
    } finally {
      release();
    }
  }

  /** Waits until no car charges. */
  async #idle(): Promise<void> {
    while (this.#station.chargingConnectors.some((connector) => connector.transaction !== undefined)) {
      await this.#station.timers.sleep(10_000);
    }
  }

  #isOver(update: FirmwareUpdate): boolean {
    return this.#running !== update;
  }

  #done(update: FirmwareUpdate): void {
    if (this.#running === update) this.#running = undefined;
  }

  #report(requestId: number | undefined, status: FirmwareStatus): void {
    this.status = status;
    this.#station.reportFirmware(status, requestId);
  }
}

/** The version in a file's name (`fw-2.4.1.bin`), or the present one counted up. */
export function versionOf(location: string, present: string): string {
  const named = /(\d+(?:\.\d+)+)(?=[^/]*$)/.exec(location)?.[1];
  if (named !== undefined && named !== present) return named;
  const parts = present.split('.');
  const last = Number(parts.at(-1));
  return Number.isInteger(last) ? [...parts.slice(0, -1), last + 1].join('.') : `${present}.1`;
}
