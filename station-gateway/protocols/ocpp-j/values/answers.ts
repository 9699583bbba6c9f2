import type { CommandFacts } from '@voltpile/csms/contract/station-link';

type Fields = Readonly<Record<string, unknown>>;
type ReservationStatus = Extract<CommandFacts, { kind: 'reservation' }>['status'];
type ListStatus = Extract<CommandFacts, { kind: 'local-list-sent' }>['status'];

const RESERVATION_STATUSES: ReadonlyMap<unknown, ReservationStatus> = new Map<unknown, ReservationStatus>([
  ['Accepted', 'accepted'],
  ['Faulted', 'faulted'],
  ['Occupied', 'occupied'],
  ['Rejected', 'rejected'],
  ['Unavailable', 'unavailable'],
]);

const LIST_STATUSES: ReadonlyMap<unknown, ListStatus> = new Map<unknown, ListStatus>([
  ['Accepted', 'accepted'],
  ['Failed', 'failed'],
  ['NotSupported', 'not-supported'],
  ['VersionMismatch', 'version-mismatch'],
]);

/** What an answer to ReserveNow says; the words are the same in 1.6 and 2.0.1. */
export function toReservationFacts({ status }: Fields): CommandFacts | undefined {
  const word = RESERVATION_STATUSES.get(status);
  return word === undefined ? undefined : { kind: 'reservation', status: word };
}

/** What an answer to SendLocalList says. */
export function toListSentFacts({ status }: Fields): CommandFacts | undefined {
  const word = LIST_STATUSES.get(status);
  return word === undefined ? undefined : { kind: 'local-list-sent', status: word };
}

/** The name of a file that is about to be uploaded, when the station tells one. */
export function toUploadFacts(fileName: unknown): CommandFacts {
  return { kind: 'upload', fileName: typeof fileName === 'string' && fileName !== '' ? fileName.slice(0, 255) : null };
}
