import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type {
  CommandsPort,
  CommandView,
  StationsPort,
  StationView,
  TransactionsPort,
} from '@voltpile/csms/contract/operator-ports';
import { type Clock, instant } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { TariffFinder } from '../tariff-finder.ts';
import { changeDelivery, noteWanted } from './change-deliveries.ts';
import { commandEndOf, TELL_PRICES } from './command-end.ts';
import { deleteDeliveries } from './deliveries-repository.ts';
import type { Delivery } from './delivery.ts';
import { away, charging, commandEnded, notSent, resting, sending, unanswered, unnoted } from './delivery-rules.ts';
import { type WantedTariff, wantedTariffs } from './wanted-tariffs.ts';

export interface DeliveryDependencies {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly finder: TariffFinder;
  readonly ports: {
    readonly stations: Pick<StationsPort, 'get' | 'list'>;
    readonly transactions: Pick<TransactionsPort, 'list'>;
    readonly commands: Pick<CommandsPort, 'submit' | 'get'>;
  };
}

/** Who asks a station to take prices, in the list of its commands. */
const REQUESTED_BY = 'billing';
/** How long a command may take to be stored; after that, whoever sent it is dead. */
const SUBMIT_MS = 60_000;
/** A command is ended a quarter of a minute after its deadline if nobody tells what became of it. */
const BEYOND_DEADLINE_MS = 30_000;
const LOOK_AGAIN_MS = 60_000;

/**
 * Takes a delivery one step further: finds out what became of what was sent, or sends what is wanted, if the station is connected and nobody charges
 * there. Everything is stored before and after it is done, so that it may break off anywhere.
 *
 * @throws what the ports throw; then nothing more was sent than is stored
 */
export async function deliverTariff(dependencies: DeliveryDependencies, delivery: Delivery): Promise<void> {
  if (delivery.state === 'sent') return askForAnswer(dependencies, delivery);
  const { knex, clock, ports } = dependencies;
  const { stationId } = delivery;
  const station = await findStation(ports.stations, stationId);
  if (station === undefined || !station.capabilities.includes(TELL_PRICES)) {
    return withDatabaseErrors(() => deleteDeliveries(knex, [stationId]));
  }
  const place = { organizationId: station.organizationId, siteId: station.siteId, stationId };
  const [wanted] = await wantedTariffs(dependencies, [place]);
  const current = (await noteWanted(knex, wanted === undefined ? [] : [wanted], clock.now())).get(stationId);
  const change = (rule: (one: Delivery) => Delivery) => changeDelivery(knex, stationId, clock.now(), rule);
  const isOpen = current?.state === 'wanted' || current?.state === 'refused';
  if (!isOpen || wanted === undefined || wanted.tariff === null) {
    await change((one) => (one.state === 'confirmed' || one.state === 'unsupported' ? resting(one, clock.now()) : one));
    return;
  }
  if (!station.online) {
    await change((one) => (isToSend(one) ? away(one) : one));
    return;
  }
  const active = await ports.transactions.list(EVERYTHING, { stationId, status: 'active' }, { limit: 1 });
  if (active.items.length > 0) {
    await change((one) => (isToSend(one) ? charging(one, clock.now()) : one));
    return;
  }
  await send(dependencies, wanted);
}

async function send({ knex, clock, ports }: DeliveryDependencies, wanted: WantedTariff): Promise<void> {
  const { stationId } = wanted;
  const change = (rule: (one: Delivery) => Delivery) => changeDelivery(knex, stationId, clock.now(), rule);
  let isOurs = false;
  await change((one) => {
    isOurs = isToSend(one) && one.wantedDigest === wanted.digest;
    return isOurs ? sending(one, clock.now(), SUBMIT_MS) : one;
  });
  // Somebody else has sent it, or other prices are wanted by now.
  if (!isOurs) return;
  let command: CommandView;
  try {
    const request = { action: TELL_PRICES, payload: { tariff: wanted.tariff }, requestedBy: REQUESTED_BY };
    command = await ports.commands.submit(EVERYTHING, stationId, request, ['configure']);
  } catch (err) {
    // What is away may have stored the command all the same.
    if (!(err instanceof VoltpileError) || err.kind === 'Unavailable') throw err;
    await change((one) => (isUnnoted(one) ? notSent(one, err.message, clock.now()) : one));
    return;
  }
  const dueAt = instant(Date.parse(command.deadline) + BEYOND_DEADLINE_MS);
  await change((one) => (isUnnoted(one) ? { ...one, commandId: command.id, dueAt } : one));
  // It may have ended before anybody knew that it is ours.
  const newest = command.status === 'pending' ? await ports.commands.get(EVERYTHING, command.id) : command;
  const end = commandEndOf(newest, clock.now());
  if (end !== undefined) await change((one) => commandEnded(one, end, clock.now()));
}

/** What was sent has not been answered in time, as far as events have told. */
async function askForAnswer({ knex, clock, ports }: DeliveryDependencies, delivery: Delivery): Promise<void> {
  const { stationId, commandId } = delivery;
  const change = (rule: (one: Delivery) => Delivery) =>
    changeDelivery(knex, stationId, clock.now(), (one) =>
      one.state === 'sent' && one.commandId === commandId ? rule(one) : one,
    );
  if (commandId === null) {
    await change((one) => unnoted(one, clock.now()));
    return;
  }
  const command = await orUndefined(ports.commands.get(EVERYTHING, commandId));
  if (command === undefined) {
    await change((one) => unanswered(one, 'nobody knows what the station has answered', clock.now()));
    return;
  }
  const end = commandEndOf(command, clock.now());
  await change((one) =>
    end === undefined ? { ...one, dueAt: instant(clock.now() + LOOK_AGAIN_MS) } : commandEnded(one, end, clock.now()),
  );
}

function findStation(stations: Pick<StationsPort, 'get'>, stationId: string): Promise<StationView | undefined> {
  return orUndefined(stations.get(EVERYTHING, stationId));
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (err) {
    if (err instanceof VoltpileError && err.kind === 'NotFound') return undefined;
    throw err;
  }
}

function isToSend({ state }: Delivery): boolean {
  return state === 'wanted' || state === 'refused';
}

function isUnnoted({ state, commandId }: Delivery): boolean {
  return state === 'sent' && commandId === null;
}
