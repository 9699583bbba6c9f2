import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { LiveChargeView, LiveStationView } from '../contract/live.ts';
import type { LiveStation } from './persistence/live-repository.ts';
import { type ChargePicture, type ConnectorPicture, evseIdsOf, evseState, stationState } from './picture.ts';
import type { ChargeReading } from './readings.ts';

const HOUR_MS = 3_600_000;

/** A charge that has told no reading for so long is stale. */
export const STALE_AFTER_MS = 10 * 60_000;

/**
 * A picture as it is shown at a moment.
 *
 * @param readings of its charges, by their ids
 */
export function toLiveView(
  station: LiveStation,
  readings: ReadonlyMap<Uuid, ChargeReading>,
  now: Instant,
): LiveStationView {
  const { picture } = station;
  const charges = Object.entries(picture.charges).map(([id, charge]) =>
    toChargeView(id, charge, readings.get(id), now),
  );
  const since = (milliseconds: number): number =>
    picture.connects.filter((at) => Date.parse(at) > now - milliseconds).length;
  return {
    id: station.stationId,
    organizationId: station.organizationId,
    siteId: station.siteId,
    registrationStatus: picture.registrationStatus,
    online: picture.isOnline,
    state: stationState(picture),
    powerW: picture.isOnline ? sumOf(charges.map(({ powerW }) => powerW)) : null,
    evses: evseIdsOf(picture).map((evseId) => ({
      evseId,
      state: evseState(picture, evseId),
      connectors: Object.entries(picture.evses[evseId] ?? {}).map(([connectorId, told]) => ({
        connectorId: Number(connectorId),
        ...shown(told),
      })),
    })),
    whole: picture.whole === null ? null : shown(picture.whole),
    charges,
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

function toChargeView(
  transactionId: Uuid,
  { evseId, startedAt, toldAt }: ChargePicture,
  reading: ChargeReading | undefined,
  now: Instant,
): LiveChargeView {
  return {
    transactionId,
    evseId,
    startedAt,
    chargingState: reading?.chargingState ?? null,
    energyWh: reading?.energyWh ?? null,
    powerW: reading?.powerW ?? null,
    socPercent: reading?.socPercent ?? null,
    meteredAt: reading?.meteredAt ?? null,
    isStale: now - Date.parse(reading?.heardAt ?? toldAt) > STALE_AFTER_MS,
    cost: reading?.cost ?? null,
  };
}

/** null when none of them is known. */
function sumOf(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}

function shown({ toldAt: _toldAt, ...told }: ConnectorPicture): Omit<ConnectorPicture, 'toldAt'> {
  return told;
}
