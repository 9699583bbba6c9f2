import { logStatusNotification } from './messages/log-status-notification.ts';
import type { SimulatedStation201 } from './station.ts';
import type { CentralRequest, StationRequest } from './types.ts';

const STATUS = { uploading: 'Uploading', uploaded: 'Uploaded', failed: 'UploadFailure' } as const;

/** Uploads of logs (OCPP 2.0.1, N01), and how far they have come. */
export class Logs {
  readonly #station: SimulatedStation201;
  status: StationRequest<'LogStatusNotification'>['status'] = 'Idle';
  requestId: number | undefined;

  constructor(station: SimulatedStation201) {
    this.#station = station;
  }

  powerLost(): void {
    this.status = 'Idle';
  }

  /** @returns the name of the file, and whether an upload was cancelled for this one */
  upload(request: CentralRequest<'GetLog'>): { readonly filename: string; readonly cancelled: boolean } {
    const { uploads } = this.#station;
    const { log, logType, requestId, retries, retryInterval } = request;
    const cancelled = uploads.isUploading;
    if (cancelled && this.requestId !== undefined) {
      logStatusNotification(this.#station, 'AcceptedCanceled', this.requestId);
    }
    const fileName = uploads.fileName(logType === 'SecurityLog' ? 'security' : 'diagnostics');
    this.requestId = requestId;
    uploads.begin({ location: log.remoteLocation, fileName, retries, retrySeconds: retryInterval }, (stage) => {
      this.status = stage === 'uploading' ? 'Uploading' : 'Idle';
      logStatusNotification(this.#station, STATUS[stage], requestId);
    });
    return { filename: fileName, cancelled };
  }
}
