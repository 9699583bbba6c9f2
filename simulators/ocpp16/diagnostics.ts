import { diagnosticsStatusNotification } from './messages/diagnostics-status-notification.ts';
import { logStatusNotification } from './messages/log-status-notification.ts';
import type { SimulatedStation } from './station.ts';
import type { CentralRequest, StationRequest } from './types.ts';

const UPLOAD_SECONDS = 20;
const MAX_RETRIES = 10;
const DEFAULT_RETRY_SECONDS = 60;

/** Uploads of diagnostics (OCPP 1.6, 4.4) and logs (security extension): the file's name and the statuses; no file really travels. */
export class Diagnostics {
  readonly #station: SimulatedStation;
  /** The upload that runs; a newer one takes its place. */
  #running: symbol | undefined;
  diagnosticsStatus: StationRequest<'DiagnosticsStatusNotification'>['status'] = 'Idle';
  logStatus: StationRequest<'LogStatusNotification'>['status'] = 'Idle';
  logRequestId: number | undefined;

  constructor(station: SimulatedStation) {
    this.#station = station;
  }

  get isUploading(): boolean {
    return this.#running !== undefined;
  }

  powerLost(): void {
    this.#running = undefined;
    this.diagnosticsStatus = 'Idle';
    this.logStatus = 'Idle';
  }

  /** @returns the name of the file */
  getDiagnostics(request: CentralRequest<'GetDiagnostics'>): string {
    void this.#upload(request.retries, request.retryInterval, (stage) => {
      const status = stage === 'uploading' ? 'Uploading' : stage === 'uploaded' ? 'Uploaded' : 'UploadFailed';
      this.diagnosticsStatus = stage === 'uploading' ? status : 'Idle';
      diagnosticsStatusNotification(this.#station, status);
    });
    return this.#fileName('diagnostics');
  }

  /** @returns the name of the file, and whether an upload was cancelled for this one */
  getLog(request: CentralRequest<'GetLog'>): { readonly filename: string; readonly cancelled: boolean } {
    const cancelled = this.isUploading;
    this.logRequestId = request.requestId;
    void this.#upload(request.retries, request.retryInterval, (stage) => {
      const status = stage === 'uploading' ? 'Uploading' : stage === 'uploaded' ? 'Uploaded' : 'UploadFailure';
      this.logStatus = stage === 'uploading' ? status : 'Idle';
      logStatusNotification(this.#station, status, request.requestId);
    });
    return { filename: this.#fileName(request.logType === 'SecurityLog' ? 'security' : 'diagnostics'), cancelled };
  }

  async #upload(
    retries = 0,
    retrySeconds = DEFAULT_RETRY_SECONDS,
    report: (stage: 'uploading' | 'uploaded' | 'failed') => void,
  ): Promise<void> {
    const upload = Symbol('upload');
    this.#running = upload;
    const { timers, faults } = this.#station;
    for (let attempt = 0; attempt <= Math.min(retries, MAX_RETRIES); attempt += 1) {
      await timers.sleep(attempt === 0 ? 1000 : retrySeconds * 1000);
      if (this.#running !== upload) return;
      report('uploading');
      await timers.sleep(UPLOAD_SECONDS * 1000);
      if (this.#running !== upload) return;
      const works = faults.diagnostics === 'none';
      report(works ? 'uploaded' : 'failed');
      if (works) break;
    }
    this.#running = undefined;
  }

  #fileName(what: string): string {
    const stamp = new Date(this.#station.clock.now()).toISOString().replace(/\D/g, '').slice(0, 14);
    const safe = this.#station.identity.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 48);
    return `${what}-${safe}-${stamp}.log`;
  }
}
