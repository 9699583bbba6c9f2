import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { ConnectorStatus, RegistrationStatus } from '@voltpile/csms/contract/station-port';
import { toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { type Data, numberIn, textIn, transactionIn } from './event-data.ts';
import { type ChargePicture, MOST_CHARGES, MOST_CONNECTS, MOST_EVSES, type StationPicture } from './picture.ts';

type Fold = (picture: StationPicture, data: Data, event: DomainEvent) => StationPicture;

const STATUSES: ReadonlySet<unknown> = new Set<ConnectorStatus>([
  'Available',
  'Occupied',
  'Reserved',
  'Unavailable',
  'Faulted',
]);
const REGISTRATIONS: ReadonlySet<unknown> = new Set<RegistrationStatus>(['Accepted', 'Pending', 'Rejected']);

const FOLDS: Readonly<Partial<Record<DomainEventType, Fold>>> = {
  'station.registered': registered,
  'station.updated': registered,
  'station.connected': connected,
  'station.disconnected': disconnected,
  'station.booted': booted,
  'connector.status-changed': statusChanged,
  'transaction.started': chargeTold,
  'transaction.updated': chargeTold,
  'transaction.ended': ended,
};

/** The events that change a picture. */
export const PICTURE_EVENTS = Object.keys(FOLDS) as DomainEventType[];

/** The picture after an event of that station. What comes late, of something that is over, changes nothing. */
export function foldEvent(picture: StationPicture, event: DomainEvent): StationPicture {
  return FOLDS[event.type]?.(picture, event.data, event) ?? picture;
}

function registered(picture: StationPicture, { registrationStatus }: Data): StationPicture {
  if (!REGISTRATIONS.has(registrationStatus)) return picture;
  return { ...picture, registrationStatus: registrationStatus as RegistrationStatus };
}

function connected(picture: StationPicture, data: Data, event: DomainEvent): StationPicture {
  const epoch = numberIn(data, 'epoch');
  if (epoch !== null && picture.epoch !== null && epoch < picture.epoch) return picture;
  const connectedAt = textIn(data, 'connectedAt') ?? toIso(event.recordedAt);
  return {
    ...picture,
    isOnline: true,
    epoch,
    protocol: textIn(data, 'protocol'),
    connectedAt,
    connects: [...picture.connects, connectedAt].slice(-MOST_CONNECTS),
  };
}

function disconnected(picture: StationPicture, data: Data, event: DomainEvent): StationPicture {
  const epoch = numberIn(data, 'epoch');
  // Of an older connection: there is another one already.
  if (epoch !== null && picture.epoch !== null && epoch < picture.epoch) return picture;
  const disconnectedAt = textIn(data, 'disconnectedAt') ?? toIso(event.recordedAt);
  return { ...picture, isOnline: false, epoch, disconnectedAt, disconnectReason: textIn(data, 'reason') };
}

function booted(picture: StationPicture, data: Data, event: DomainEvent): StationPicture {
  return {
    ...picture,
    vendor: textIn(data, 'vendor'),
    model: textIn(data, 'model'),
    firmwareVersion: textIn(data, 'firmwareVersion'),
    bootedAt: textIn(data, 'bootedAt') ?? toIso(event.recordedAt),
  };
}

function statusChanged(picture: StationPicture, data: Data, event: DomainEvent): StationPicture {
  const { status, current } = data;
  const [evseId, connectorId] = [numberIn(data, 'evseId'), numberIn(data, 'connectorId')];
  if (current === false || !STATUSES.has(status) || evseId === null || connectorId === null) return picture;
  const before = (evseId === 0 ? picture.whole : picture.evses[evseId]?.[connectorId]) ?? undefined;
  const told = {
    status: status as ConnectorStatus,
    statusDetail: textIn(data, 'statusDetail'),
    errorCode: textIn(data, 'errorCode'),
    vendorErrorCode: textIn(data, 'vendorErrorCode'),
    info: textIn(data, 'info'),
    statusAt: textIn(data, 'statusAt') ?? toIso(event.recordedAt),
    // Said again it is as old as it was.
    toldAt: before !== undefined && before.status === status ? before.toldAt : toIso(event.recordedAt),
  };
  if (evseId === 0) return { ...picture, whole: told };
  const { evses } = picture;
  if (evses[evseId] === undefined && Object.keys(evses).length >= MOST_EVSES) return picture;
  const connectors = { ...evses[evseId], [connectorId]: told };
  if (Object.keys(connectors).length > MOST_EVSES) return picture;
  return { ...picture, evses: { ...evses, [evseId]: connectors } };
}

function chargeTold(picture: StationPicture, data: Data, event: DomainEvent): StationPicture {
  const id = transactionIn(data);
  if (id === null) return picture;
  if (data.status === 'ended') return withoutCharge(picture, id);
  const known = picture.charges[id];
  // An update of one that has ended, told late.
  if (known === undefined && event.type === 'transaction.updated' && data.status !== 'active') return picture;
  const charge: ChargePicture = {
    evseId: numberIn(data, 'evseId') ?? known?.evseId ?? null,
    startedAt: known?.startedAt ?? textIn(data, 'startedAt') ?? toIso(event.recordedAt),
    toldAt: known?.toldAt ?? toIso(event.recordedAt),
  };
  if (known?.evseId === charge.evseId) return picture;
  return withCharge(picture, id, charge);
}

function ended(picture: StationPicture, data: Data): StationPicture {
  const id = transactionIn(data);
  return id === null ? picture : withoutCharge(picture, id);
}

function withCharge(picture: StationPicture, id: Uuid, charge: ChargePicture): StationPicture {
  const charges = { ...picture.charges, [id]: charge };
  // The oldest gives way: its end was never told.
  const ids = Object.keys(charges);
  if (ids.length > MOST_CHARGES) delete charges[ids.sort()[0] as Uuid];
  return { ...picture, charges };
}

function withoutCharge(picture: StationPicture, id: Uuid): StationPicture {
  if (picture.charges[id] === undefined) return picture;
  const { [id]: _ended, ...charges } = picture.charges;
  return { ...picture, charges };
}
