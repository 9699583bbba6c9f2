import { constants } from 'node:zlib';
import type { OcppVersion } from '@voltpile/ocpp/rpc/types';
import type { PerMessageDeflateOptions } from 'ws';

/** Smaller frames do not gain enough by compression: most messages of a charge are below 1 KiB. */
const THRESHOLD_BYTES = 4096;
/** Frames that are compressed at the same time, over all sockets. */
const CONCURRENCY = 4;
/** 2^12 bytes: a fast window for the few large frames (reports, local lists). */
const WINDOW_BITS = 12;

/**
 * RFC 7692 for one version; false: never. 1.6 does not know it. Nothing is kept between frames, so that an idle socket costs no more than
 * one without. What a station inflates to is bounded by the frame limit.
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
