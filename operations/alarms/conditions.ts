import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { STALE_AFTER_MS } from '../live/live-view.ts';
import type { StationPicture } from '../live/picture.ts';
import { faultCode } from './catalogue.ts';

/** Something that is wrong with a station, or will be unless something changes until then. */
export interface Condition {
  readonly code: string;
  /** null: about the station as a whole. */
  readonly evseId: number | null;
  readonly connectorId: number | null;
  /** Epoch milliseconds. Not before then is it an alarm. */
  readonly dueMs: number;
  readonly detail: Readonly<Record<string, string | number | null>>;
}

export interface ConditionSettings {
  /** A station that comes back within so long was never away. */
  readonly offlineSeconds: number;
  /** A connector may be occupied for so long without a transaction. */
  readonly stuckSeconds: number;
}

/** When the newest reading of each charge came. */
export type HeardAt = ReadonlyMap<Uuid, string | null>;

const HOUR_MS = 3_600_000;
const MOST_CONNECTS_AN_HOUR = 5;
/** What stations say instead of nothing. */
const NO_FAULT: ReadonlySet<string> = new Set(['noerror', 'no error', '']);

/** What is wrong with a station by what it has told, now or later. Of what begins at the same place with the same code there is one. */
export function conditionsOf(
  picture: StationPicture,
  heardAt: HeardAt,
  now: Instant,
  settings: ConditionSettings,
): Condition[] {
  if (picture.registrationStatus !== 'Accepted') return [];
  const found = [
    ...offline(picture, settings),
    ...flapping(picture, now),
    // What a station said before it was lost may be so, or not: what was raised stays.
    ...faults(picture),
    ...stuck(picture, settings),
    ...silent(picture, heardAt),
  ];
  return [...new Map(found.map((condition) => [placeOf(condition), condition])).values()];
}

/** What tells two conditions of a station apart. */
export function placeOf({ code, evseId, connectorId }: Pick<Condition, 'code' | 'evseId' | 'connectorId'>): string {
  return `${code} ${evseId ?? ''} ${connectorId ?? ''}`;
}

function offline(picture: StationPicture, { offlineSeconds }: ConditionSettings): Condition[] {
  const { isOnline, disconnectedAt, disconnectReason } = picture;
  // Who was never here cannot be missed.
  if (isOnline || disconnectedAt === null) return [];
  const dueMs = Date.parse(disconnectedAt) + offlineSeconds * 1000;
  return [whole('station.offline', dueMs, { reason: disconnectReason, since: disconnectedAt })];
}

function flapping({ connects }: StationPicture, now: Instant): Condition[] {
  const recent = connects.filter((at) => Date.parse(at) > now - HOUR_MS);
  if (recent.length <= MOST_CONNECTS_AN_HOUR) return [];
  return [whole('station.flapping', Date.parse(recent.at(-1) as string), { connectsLastHour: recent.length })];
}

function faults({ whole: station, evses }: StationPicture): Condition[] {
  const places = [
    { evseId: null, connectorId: null, told: station },
    ...Object.entries(evses).flatMap(([evseId, connectors]) =>
      Object.entries(connectors).map(([connectorId, told]) => ({
        evseId: Number(evseId),
        connectorId: Number(connectorId),
        told,
      })),
    ),
  ];
  return places.flatMap(({ evseId, connectorId, told }) => {
    if (told === null) return [];
    const { status, errorCode, vendorErrorCode, info, statusAt, toldAt } = told;
    const named = errorCode !== null && !NO_FAULT.has(errorCode.toLowerCase());
    if (status !== 'Faulted' && !named) return [];
    const detail = { errorCode, vendorErrorCode, info, since: statusAt };
    return [{ code: faultCode(errorCode), evseId, connectorId, dueMs: Date.parse(toldAt), detail }];
  });
}

function stuck({ isOnline, evses, charges }: StationPicture, { stuckSeconds }: ConditionSettings): Condition[] {
  if (!isOnline) return [];
  const charging = new Set(Object.values(charges).map(({ evseId }) => evseId));
  // Of a charge that has not told its place it may be any.
  if (charging.has(null)) return [];
  return Object.entries(evses).flatMap(([evseId, connectors]) =>
    Object.entries(connectors)
      .filter(([, { status }]) => status === 'Occupied' && !charging.has(Number(evseId)))
      .map(([connectorId, { statusAt, statusDetail, toldAt }]) => ({
        code: 'connector.stuck',
        evseId: Number(evseId),
        connectorId: Number(connectorId),
        dueMs: Date.parse(toldAt) + stuckSeconds * 1000,
        detail: { status: statusDetail, since: statusAt },
      })),
  );
}

function silent({ isOnline, charges }: StationPicture, heardAt: HeardAt): Condition[] {
  if (!isOnline) return [];
  return Object.entries(charges).map(([transactionId, { evseId, toldAt }]) => {
    const since = heardAt.get(transactionId) ?? toldAt;
    const detail = { transactionId, since };
    return { code: 'charge.silent', evseId, connectorId: null, dueMs: Date.parse(since) + STALE_AFTER_MS, detail };
  });
}

function whole(code: string, dueMs: number, detail: Condition['detail']): Condition {
  return { code, evseId: null, connectorId: null, dueMs, detail };
}
