import { firmwareStatusNotification } from './messages/firmware-status-notification.ts';
import { securityEventNotification } from './messages/security-event-notification.ts';
import { signedFirmwareStatusNotification } from './messages/signed-firmware-status-notification.ts';
import type { SimulatedStation } from './station.ts';
import type { CentralRequest, StationRequest } from './types.ts';

const DOWNLOAD_SECONDS = 60;
const VERIFY_SECONDS = 2;
const INSTALL_SECONDS = 90;
const MAX_RETRIES = 10;
const DEFAULT_RETRY_SECONDS = 60;

type PlainStatus = StationRequest<'FirmwareStatusNotification'>['status'];
type SignedStatus = StationRequest<'SignedFirmwareStatusNotification'>['status'];

interface Update {
  readonly location: string;
  readonly retrieveAt: number;
  readonly installAt: number;
  readonly retries: number;
  readonly retrySeconds: number;
  /** Of SignedUpdateFirmware; undefined for the plain one. */
  readonly requestId: number | undefined;
}

/**
 * Firmware updates (OCPP 1.6, 4.5 and 6.19; security extension, chapter 5): the statuses in their order, the installation once no car
 * charges, a reboot, and the new version in the next boot message. Nothing is really downloaded.
 */
export class Firmware {
  readonly #station: SimulatedStation;
  version: string;
  #running: Update | undefined;
  /** Installed, but not yet told since the reboot. */
  #toReport: { readonly version: string; readonly requestId: number | undefined } | undefined;
  status: SignedStatus = 'Idle';
  requestId: number | undefined;

  constructor(station: SimulatedStation, version: string) {
    this.#station = station;
    this.version = version;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** UpdateFirmware; a running update goes on when one comes for the second time. */
  update(request: CentralRequest<'UpdateFirmware'>): void {
    const { location, retries = 0, retryInterval = DEFAULT_RETRY_SECONDS } = request;
    const retrieveAt = Date.parse(request.retrieveDate);
    this.#begin({ location, retrieveAt, installAt: 0, retries, retrySeconds: retryInterval, requestId: undefined });
  }

  /** SignedUpdateFirmware; @returns whether a running update was cancelled for it */
  updateSigned(request: CentralRequest<'SignedUpdateFirmware'>): boolean {
    const { firmware, retries = 0, retryInterval = DEFAULT_RETRY_SECONDS, requestId } = request;
    const cancelled = this.isRunning;
    this.#begin({
      location: firmware.location,
      retrieveAt: Date.parse(firmware.retrieveDateTime),
      installAt: firmware.installDateTime === undefined ? 0 : Date.parse(firmware.installDateTime),
      retries,
      retrySeconds: retryInterval,
      requestId,
    });
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
    if (done.requestId !== undefined) securityEventNotification(this.#station, 'FirmwareUpdated', done.version);
  }

  /** An update that was not installed yet is forgotten with the power. */
  powerLost(): void {
    this.#running = undefined;
  }

  #begin(update: Update): void {
    this.#running = update;
    this.requestId = update.requestId;
    void this.#run(update);
  }

  async #run(update: Update): Promise<void> {
    const { timers, clock, faults } = this.#station;
    const wait = update.retrieveAt - clock.now();
    if (wait > 0) {
      if (update.requestId !== undefined) this.#report(update.requestId, 'DownloadScheduled');
      await timers.sleep(wait);
    }
    if (!(await this.#download(update))) return this.#done(update);
    if (update.requestId !== undefined) {
      await timers.sleep(VERIFY_SECONDS * 1000);
      if (this.#isOver(update)) return;
      if (faults.firmware === 'signature-invalid') {
        this.#report(update.requestId, 'InvalidSignature');
        securityEventNotification(this.#station, 'InvalidFirmwareSignature');
        return this.#done(update);
      }
      this.#report(update.requestId, 'SignatureVerified');
    }
    const waitForInstall = update.installAt - clock.now();
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
    void this.#station.reboot('Soft').catch(() => undefined);
  }

  /** @returns whether the file came, with the retries that the request allows */
  async #download(update: Update): Promise<boolean> {
    const { timers, faults } = this.#station;
    for (let attempt = 0; attempt <= Math.min(update.retries, MAX_RETRIES); attempt += 1) {
      if (attempt > 0) await timers.sleep(update.retrySeconds * 1000);
      if (this.#isOver(update)) return false;
      this.#report(update.requestId, 'Downloading');
      await timers.sleep(DOWNLOAD_SECONDS * 1000);
      if (this.#isOver(update)) return false;
      if (faults.firmware !== 'download-fails') {
        this.#report(update.requestId, 'Downloaded');
        return true;
      }
      this.#report(update.requestId, 'DownloadFailed');
    }
    return false;
  }

  /** Waits until no car charges. */
  async #idle(): Promise<void> {
    while (this.#station.chargingConnectors.some((connector) => connector.transaction !== undefined)) {
      await this.#station.timers.sleep(10_000);
    }
  }

  #isOver(update: Update): boolean {
    return this.#running !== update;
  }

  #done(update: Update): void {
    if (this.#running === update) this.#running = undefined;
  }

  #report(requestId: number | undefined, status: SignedStatus): void {
    this.status = status;
    if (requestId !== undefined) signedFirmwareStatusNotification(this.#station, status, requestId);
    // The scheduled states exist only in the signed message.
    else if (isPlainFirmwareStatus(status)) firmwareStatusNotification(this.#station, status);
  }
}

const PLAIN_STATUSES: readonly string[] = [
  'Downloaded',
  'DownloadFailed',
  'Downloading',
  'Idle',
  'InstallationFailed',
  'Installing',
  'Installed',
] satisfies PlainStatus[];

/** Whether the plain FirmwareStatusNotification knows a status. */
export function isPlainFirmwareStatus(status: SignedStatus): status is PlainStatus {
  return PLAIN_STATUSES.includes(status);
}

/** The version in a file's name (`fw-2.4.1.bin`), or the present one counted up. */
export function versionOf(location: string, present: string): string {
  const named = /(\d+(?:\.\d+)+)(?=[^/]*$)/.exec(location)?.[1];
  if (named !== undefined && named !== present) return named;
  const parts = present.split('.');
  const last = Number(parts.at(-1));
  return Number.isInteger(last) ? [...parts.slice(0, -1), last + 1].join('.') : `${present}.1`;
}
