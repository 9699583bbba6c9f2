import { constants } from 'node:zlib';
import type { OcppVersion } from '@voltpile/ocpp/rpc/types';
import type { PerMessageDeflateOptions, WebSocket } from 'ws';
import * as ws from 'ws';

/** Smaller frames do not gain enough by compression: most messages of a charge are below 1 KiB. */
const THRESHOLD_BYTES = 4096;
/** Frames that are compressed at the same time, over all sockets. */
const CONCURRENCY = 4;
/** 2^12 bytes: a fast window for the few large frames (reports, local lists). */
const WINDOW_BITS = 12;
const NAME = 'permessage-deflate';

/**
 * RFC 7692 for one version; false: never. 1.6 does not know it. Nothing is kept between frames (see {@link releaseAfterUse}), so that an idle
 * socket costs no more than one without. What a station inflates to is bounded by the frame limit.
 */
export function compressionOf(version: OcppVersion, isOn: boolean): PerMessageDeflateOptions | false {
  if (!isOn || version === 'ocpp1.6') return false;
  return {
    threshold: THRESHOLD_BYTES,
    concurrencyLimit: CONCURRENCY,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: WINDOW_BITS,
    zlibDeflateOptions: { level: constants.Z_BEST_SPEED, memLevel: 4 },
  };
}

/** A zlib stream of `ws`. */
interface Stream {
  close(): void;
}

type Done = (error: Error | null, data?: Buffer) => void;

/** What `ws` 8.23.0 exports, and its types do not tell yet. */
interface Deflate {
  _deflate: Stream | null;
  _inflate: Stream | null;
  accept(offers: unknown): object;
  compress(data: Buffer | string, isLast: boolean, done: Done): void;
  decompress(data: Buffer, isLast: boolean, done: Done): void;
}

const { PerMessageDeflate, extension } = ws as unknown as {
  PerMessageDeflate: new (options: object) => Deflate;
  extension: { parse(header: string): Record<string, unknown> };
};

/**
 * Whether the extensions that a station offers can be answered. `ws` refuses the whole connection over an offer that it cannot read or take
 * (a window smaller than ours); a station can well do without compression.
 */
export function isAnswerable(offer: string, options: PerMessageDeflateOptions): boolean {
  try {
    const offers = extension.parse(offer)[NAME];
    if (offers !== undefined) new PerMessageDeflate({ ...options, isServer: true }).accept(offers);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lets the streams of zlib go after each message. `ws` keeps them with the socket once they were used, also without context takeover: 150 KiB
 * for a station that has sent one large report in its life.
 */
class LeanDeflate extends PerMessageDeflate {
  override compress(data: Buffer | string, isLast: boolean, done: Done): void {
    super.compress(data, isLast, (error, compressed) => {
      if (isLast && this._deflate !== null) {
        this._deflate.close();
        this._deflate = null;
      }
      done(error, compressed);
    });
  }

  override decompress(data: Buffer, isLast: boolean, done: Done): void {
    super.decompress(data, isLast, (error, inflated) => {
      if (isLast && this._inflate !== null) {
        this._inflate.close();
        this._inflate = null;
      }
      done(error, inflated);
    });
  }
}

/** The compression of a socket, if it has any. */
export function deflateOf(socket: WebSocket): Deflate | undefined {
  return (socket as unknown as { _extensions?: Record<string, Deflate> })._extensions?.[NAME];
}

/** To be called once for a new socket: see {@link LeanDeflate}. `ws` makes the extension itself, and offers no place to bring another. */
export function releaseAfterUse(socket: WebSocket): void {
  const deflate = deflateOf(socket);
  if (deflate !== undefined) Object.setPrototypeOf(deflate, LeanDeflate.prototype);
}
