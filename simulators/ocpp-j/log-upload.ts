import type { Faults } from '../station/faults.ts';
import { isReachableByHttp, uploadFile } from '../station/file-transfer.ts';
import type { StationClock } from '../station/station-clock.ts';
import type { TimerGroup, VirtualTime } from '../virtual-time.ts';

const UPLOAD_SECONDS = 20;
const MAX_RETRIES = 10;
const DEFAULT_RETRY_SECONDS = 60;

export interface UploadRequest {
  readonly location: string;
  readonly fileName: string;
  readonly retries?: number | undefined;
  readonly retrySeconds?: number | undefined;
}

export type UploadStage = 'uploading' | 'uploaded' | 'failed';

/** What uploads need of their station. */
export interface UploadingStation {
  readonly identity: string;
  readonly time: VirtualTime;
  readonly clock: StationClock;
  readonly timers: TimerGroup;
  readonly faults: Faults;
  /** Files really travel where the location is one of HTTP. */
  readonly realTransfers: boolean;
  /** Lines of the log that is uploaded. */
  logText(): string;
}

/** Uploads of logs and diagnostics: one at a time, the newer one in place of the older, retried as told. */
export class LogUploads {
  readonly #station: UploadingStation;
  #running: symbol | undefined;

  constructor(station: UploadingStation) {
    this.#station = station;
  }

  get isUploading(): boolean {
    return this.#running !== undefined;
  }

  powerLost(): void {
    this.#running = undefined;
  }

  /** Begins an upload. @param report is told every stage; not any more once a newer upload has begun */
  begin(request: UploadRequest, report: (stage: UploadStage) => void): void {
    void this.#upload(request, report);
  }

  /** `what-identity-time.log`, made of letters that every server takes. */
  fileName(what: string): string {
    const stamp = new Date(this.#station.clock.now()).toISOString().replace(/\D/g, '').slice(0, 14);
    const safe = this.#station.identity.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 48);
    return `${what}-${safe}-${stamp}.log`;
  }

  async #upload(request: UploadRequest, report: (stage: UploadStage) => void): Promise<void> {
    const upload = Symbol('upload');
    this.#running = upload;
    const { timers, faults } = this.#station;
    const { retries = 0, retrySeconds = DEFAULT_RETRY_SECONDS } = request;
    for (let attempt = 0; attempt <= Math.min(retries, MAX_RETRIES); attempt += 1) {
      await timers.sleep(attempt === 0 ? 1000 : retrySeconds * 1000);
      if (this.#running !== upload) return;
      report('uploading');
      await timers.sleep(UPLOAD_SECONDS * 1000);
      if (this.#running !== upload) return;
      const works = faults.diagnostics === 'none' && (await this.#transfer(request));
      if (this.#running !== upload) return;
      report(works ? 'uploaded' : 'failed');
      if (works) break;
    }
    this.#running = undefined;
  }

  async #transfer({ location, fileName }: UploadRequest): Promise<boolean> {
    const { realTransfers, time } = this.#station;
    if (!realTransfers || !isReachableByHttp(location)) return true;
    const release = time.hold();
    try {
      return await uploadFile(location, fileName, this.#station.logText());
    } finally {
      release();
    }
  }
}
