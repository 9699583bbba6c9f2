import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { LiveChargeView, LiveStationView } from '../contract/live.ts';
import type { LiveStation } from './persistence/live-repository.ts';
import { type ChargePicture, evseIdsOf, evseState, powerOf, stationState } from './picture.ts';

const HOUR_MS = 3_600_000;

/** A charge that has told no reading for so long is stale. */
export const STALE_AFTER_MS = 10 * 60_000;

/** A picture as it is shown at a moment. */
export function toLiveView(station: LiveStation, now: Instant): LiveStationView {
  const { picture } = station;
  const since = (milliseconds: number): number =>
    picture.connects.filter((at) => Date.parse(at) > now - milliseconds).length;
  return {
    id: station.stationId,
    organizationId: station.organizationId,
    siteId: station.siteId,
    registrationStatus: picture.registrationStatus,
    online: picture.isOnline,
    state: stationState(picture),
    powerW: powerOf(picture),
    evses: evseIdsOf(picture).map((evseId) => ({
      evseId,
      state: evseState(picture, evseId),
      connectors: Object.entries(picture.evses[evseId] ?? {}).map(([connectorId, told]) => ({
        connectorId: Number(connectorId),
        ...told,
      })),
    })),
    whole: picture.whole,
    charges: Object.entries(picture.charges).map(([id, charge]) => toChargeView(id, charge, now)),
    link: {
      protocol: picture.protocol,
      connectedAt: picture.connectedAt,
      disconnectedAt: picture.disconnectedAt,
      disconnectReason: picture.disconnectReason,
      connectsLastHour: since(HOUR_MS),
      connectsLastDay: since(24 * HOUR_MS),
    },
    vendor: picture.vendor,
    model: picture.model,
    firmwareVersion: picture.firmwareVersion,
    bootedAt: picture.bootedAt,
    changedAt: toIso(station.changedAt),
  };
}

function toChargeView(transactionId: Uuid, charge: ChargePicture, now: Instant): LiveChargeView {
  const { meterStartWh: _meterStartWh, ...told } = charge;
  const heardAt = Date.parse(charge.meteredAt ?? charge.startedAt);
  return { transactionId, ...told, isStale: now - heardAt > STALE_AFTER_MS };
}
