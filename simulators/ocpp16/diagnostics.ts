import type { UploadStage } from '../ocpp-j/log-upload.ts';
import { diagnosticsStatusNotification } from './messages/diagnostics-status-notification.ts';
import { logStatusNotification } from './messages/log-status-notification.ts';
import type { SimulatedStation16 } from './station.ts';
import type { CentralRequest, StationRequest } from './types.ts';

const DIAGNOSTICS_STATUS = { uploading: 'Uploading', uploaded: 'Uploaded', failed: 'UploadFailed' } as const;
const LOG_STATUS = { uploading: 'Uploading', uploaded: 'Uploaded', failed: 'UploadFailure' } as const;

/** Uploads of diagnostics (OCPP 1.6, 4.4) and logs (security extension), and how far they have come. */
export class Diagnostics {
  readonly #station: SimulatedStation16;
  diagnosticsStatus: StationRequest<'DiagnosticsStatusNotification'>['status'] = 'Idle';
  logStatus: StationRequest<'LogStatusNotification'>['status'] = 'Idle';
  logRequestId: number | undefined;

  constructor(station: SimulatedStation16) {
    this.#station = station;
  }

  powerLost(): void {
    this.diagnosticsStatus = 'Idle';
    this.logStatus = 'Idle';
  }

  /** @returns the name of the file */
  getDiagnostics({ location, retries, retryInterval }: CentralRequest<'GetDiagnostics'>): string {
    const { uploads } = this.#station;
    const fileName = uploads.fileName('diagnostics');
    uploads.begin({ location, fileName, retries, retrySeconds: retryInterval }, (stage: UploadStage) => {
      const status = DIAGNOSTICS_STATUS[stage];
      this.diagnosticsStatus = stage === 'uploading' ? status : 'Idle';
      diagnosticsStatusNotification(this.#station, status);
    });
    return fileName;
  }

  /** @returns the name of the file, and whether an upload was cancelled for this one */
  getLog(request: CentralRequest<'GetLog'>): { readonly filename: string; readonly cancelled: boolean } {
    const { uploads } = this.#station;
    const { log, logType, requestId, retries, retryInterval } = request;
    const cancelled = uploads.isUploading;
    const fileName = uploads.fileName(logType === 'SecurityLog' ? 'security' : 'diagnostics');
    this.logRequestId = requestId;
    uploads.begin(
      { location: log.remoteLocation, fileName, retries, retrySeconds: retryInterval },
      (stage: UploadStage) => {
        const status = LOG_STATUS[stage];
        this.logStatus = stage === 'uploading' ? status : 'Idle';
        logStatusNotification(this.#station, status, requestId);
      },
    );
    return { filename: fileName, cancelled };
  }
}
