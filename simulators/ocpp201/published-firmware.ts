import { publishFirmwareStatusNotification } from './messages/publish-firmware-status-notification.ts';
import type { SimulatedStation201 } from './station.ts';
import type { CentralRequest, CentralResponse, StationRequest } from './types.ts';

type Report = StationRequest<'PublishFirmwareStatusNotification'>;

const DOWNLOAD_SECONDS = 60;
const VERIFY_SECONDS = 2;

/** Firmware that the station publishes for others, as a local controller does (OCPP 2.0.1, L03 and L04). */
export class PublishedFirmware {
  readonly #station: SimulatedStation201;
  /** By checksum. */
  readonly #published = new Set<string>();
  #running: string | undefined;
  status: Report['status'] = 'Idle';
  requestId: number | undefined;

  constructor(station: SimulatedStation201) {
    this.#station = station;
  }

  powerLost(): void {
    this.#running = undefined;
    this.status = 'Idle';
  }

  publish(request: CentralRequest<'PublishFirmware'>): void {
    void this.#publish(request);
  }

  unpublish(checksum: string): CentralResponse<'UnpublishFirmware'>['status'] {
    if (this.#running === checksum) return 'DownloadOngoing';
    return this.#published.delete(checksum) ? 'Unpublished' : 'NoFirmware';
  }

  async #publish({ checksum, requestId }: CentralRequest<'PublishFirmware'>): Promise<void> {
    const { timers, faults, identity } = this.#station;
    this.#running = checksum;
    this.requestId = requestId;
    this.#report({ status: 'Downloading', requestId });
    await timers.sleep(DOWNLOAD_SECONDS * 1000);
    if (this.#running !== checksum) return;
    if (faults.firmware !== 'none') {
      this.#running = undefined;
      this.#report({ status: 'DownloadFailed', requestId });
      return;
    }
    this.#report({ status: 'Downloaded', requestId });
    await timers.sleep(VERIFY_SECONDS * 1000);
    if (this.#running !== checksum) return;
    this.#running = undefined;
    this.#published.add(checksum);
    this.#report({ status: 'ChecksumVerified', requestId });
    const location = `http://${encodeURIComponent(identity)}.local/firmware/${checksum}`;
    this.#report({ status: 'Published', requestId, location: [location] });
  }

  #report(report: Report): void {
    this.status = report.status === 'DownloadFailed' ? 'Idle' : report.status;
    publishFirmwareStatusNotification(this.#station, report);
  }
}
