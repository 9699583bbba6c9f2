import type { ConnectorStatus, RegistrationStatus } from '@voltpile/csms/contract/station-port';
import type { Uuid } from '@voltpile/kernel/ids';
import type { LiveConnectorView, LiveState } from '../contract/live.ts';
import { LIVE_STATES } from '../contract/live.ts';

/** A transaction under way. What it tells all the time is kept apart: see `ChargeReading`. */
export interface ChargePicture {
  readonly evseId: number | null;
  readonly startedAt: string;
  /** By our clock. */
  readonly toldAt: string;
}

/** `toldAt`: since when it says so, by our clock. */
export type ConnectorPicture = Omit<LiveConnectorView, 'connectorId'> & { readonly toldAt: string };

/** What is known of a station, as it is stored: plain JSON. */
export interface StationPicture {
  readonly registrationStatus: RegistrationStatus;
  readonly isOnline: boolean;
  /** Of the present or the last connection; null: not told yet. */
  readonly epoch: number | null;
  readonly protocol: string | null;
  readonly connectedAt: string | null;
  readonly disconnectedAt: string | null;
  readonly disconnectReason: string | null;
  /** The newest last. */
  readonly connects: readonly string[];
  readonly vendor: string | null;
  readonly model: string | null;
  readonly firmwareVersion: string | null;
  readonly bootedAt: string | null;
  readonly whole: ConnectorPicture | null;
  /** By EVSE and connector. */
  readonly evses: Readonly<Record<string, Readonly<Record<string, ConnectorPicture>>>>;
  /** Transactions under way, by their ids. */
  readonly charges: Readonly<Record<Uuid, ChargePicture>>;
}

export const MOST_CONNECTS = 50;
/** No station has so many EVSEs; what names more is not believed. */
export const MOST_EVSES = 500;
export const MOST_CHARGES = 500;

const STATE_OF: Readonly<Record<ConnectorStatus, LiveState>> = {
  Available: 'available',
  Occupied: 'occupied',
  Reserved: 'reserved',
  Unavailable: 'unavailable',
  Faulted: 'faulted',
};

const MATTERS_ANYWAY: ReadonlySet<LiveState> = new Set(['faulted', 'charging', 'occupied']);

/** EVSEs that have told a status, or charge. */
export function evseIdsOf({ evses, charges }: StationPicture): number[] {
  const told = Object.keys(evses).map(Number);
  const charging = Object.values(charges).flatMap(({ evseId }) => (evseId === null ? [] : [evseId]));
  return [...new Set([...told, ...charging])].sort((one, other) => one - other);
}

/** What an EVSE is at: as its connectors say, or the station for all of them, and charging where a transaction is under way and nothing is wrong. */
export function evseState(picture: StationPicture, evseId: number): LiveState {
  const { isOnline, whole, evses, charges } = picture;
  if (!isOnline) return 'offline';
  const told = Object.values(evses[evseId] ?? {}).map(({ status }) => STATE_OF[status]);
  if (Object.values(charges).some((charge) => charge.evseId === evseId)) told.push('charging');
  if (whole?.status === 'Faulted') told.push('faulted');
  // Whatever its connectors said before: nobody can charge there.
  if (whole?.status === 'Unavailable')
    return first(
      told.filter((state) => MATTERS_ANYWAY.has(state)),
      'unavailable',
    );
  return first(told, 'unknown');
}

/** What a station is at, taken together. */
export function stationState(picture: StationPicture): LiveState {
  const { isOnline, whole, charges } = picture;
  if (!isOnline) return 'offline';
  const states = evseIdsOf(picture).map((evseId) => evseState(picture, evseId));
  if (Object.keys(charges).length > 0) states.push('charging');
  if (whole !== null && (states.length === 0 || whole.status === 'Faulted')) states.push(STATE_OF[whole.status]);
  return first(states, 'unknown');
}

/** How many EVSEs are at what. */
export function tallyOf(picture: StationPicture): Record<LiveState, number> {
  const tally = Object.fromEntries(LIVE_STATES.map((state) => [state, 0])) as Record<LiveState, number>;
  for (const evseId of evseIdsOf(picture)) tally[evseState(picture, evseId)] += 1;
  return tally;
}

function first(states: readonly LiveState[], otherwise: LiveState): LiveState {
  return LIVE_STATES.find((state) => states.includes(state)) ?? otherwise;
}
