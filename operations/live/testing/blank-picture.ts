import type { StationPicture } from '../picture.ts';

/** Of a station that has not been heard of. */
export function blankPicture(): StationPicture {
  return {
    registrationStatus: 'Accepted',
    isOnline: false,
    epoch: null,
    protocol: null,
    connectedAt: null,
    disconnectedAt: null,
    disconnectReason: null,
    connects: [],
    vendor: null,
    model: null,
    firmwareVersion: null,
    bootedAt: null,
    whole: null,
    evses: {},
    charges: {},
  };
}
