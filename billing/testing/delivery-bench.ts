import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type {
  CommandsPort,
  CommandView,
  StationsPort,
  StationView,
  TransactionsPort,
  TransactionView,
} from '@voltpile/csms/contract/operator-ports';
import type { StationTariff } from '@voltpile/csms/contract/station-tariff';
import { instant, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { type HalfHourTariff, halfHourTariffSchema } from '../contract/half-hour-tariff.ts';
import type { TariffTarget } from '../contract/tariff-assignments.ts';
import type { TariffDeliveryView } from '../contract/tariff-deliveries.ts';
import type { DeliveryDependencies } from '../tariff/delivery/deliver-tariff.ts';
import { Deliverer } from '../tariff/delivery/deliverer.ts';
import { createTariffDeliveries } from '../tariff/delivery/deliveries-service.ts';
import { followStations } from '../tariff/delivery/follow-stations.ts';
import { lookForChanges } from '../tariff/delivery/look-for-changes.ts';
import { noteTaken } from '../tariff/delivery/note-taken.ts';
import { createTariffsBench, type TariffsBench } from './tariffs-bench.ts';

const stationNotFound = defineError('station.not_found', 'NotFound', 'There is no station {stationId}.');
const commandNotFound = defineError('command.not_found', 'NotFound', 'There is no such command.');

/** At every hour. */
export function flatTariff(electricity: string): HalfHourTariff {
  const rates = { flat: { electricity, service: '0.4' } };
  return halfHourTariffSchema.parse({ currency: 'CNY', rates, slots: '2'.repeat(48) });
}

/** The station that most tests are about. */
export const PILE = 'P1';

/** A station as far as deliveries ask about it. */
export interface FakePile {
  online: boolean;
  isCharging: boolean;
  siteId: Uuid;
  capabilities: string[];
}

/** Deliveries of real tariffs on a database of their own, to stations that are made up. */
export class DeliveryBench implements AsyncDisposable {
  readonly piles = new Map<string, FakePile>();
  /** In the order in which they were given. */
  readonly commands: CommandView[] = [];
  /** What becomes of a command at once; `pending`: the test ends it. */
  answer: CommandView['status'] = 'accepted';
  /** Thrown instead of taking a command, or after it was taken. */
  fault: { readonly when: 'before' | 'after'; readonly error: Error } | undefined;
  readonly tariffs: TariffsBench;
  #events = 0;

  private constructor(tariffs: TariffsBench) {
    this.tariffs = tariffs;
    this.add(PILE);
  }

  static async open(): Promise<DeliveryBench> {
    const tariffs = await createTariffsBench();
    tariffs.places.setCurrency(tariffs.places.siteId, 'CNY');
    return new DeliveryBench(tariffs);
  }

  get clock() {
    return this.tariffs.clock;
  }

  get knex() {
    return this.tariffs.database.knex;
  }

  get port() {
    return createTariffDeliveries(this.dependencies, () => {});
  }

  get dependencies(): DeliveryDependencies {
    const { knex, clock } = this;
    const { stations, transactions, commandsPort: commands } = this;
    return { knex, clock, finder: this.tariffs.tariffs.finder, ports: { stations, transactions, commands } };
  }

  add(id: string, more: Partial<FakePile> = {}): FakePile {
    const pile = {
      online: true,
      isCharging: false,
      siteId: this.tariffs.places.siteId,
      capabilities: ['apply-tariff'],
      ...more,
    };
    this.piles.set(id, pile);
    if (!['CP1', 'CP2'].includes(id)) this.tariffs.places.addStation(id, pile.siteId);
    return pile;
  }

  pile(id = PILE): FakePile {
    const pile = this.piles.get(id);
    if (pile === undefined) throw stationNotFound({ stationId: id });
    return pile;
  }

  /** A tariff in yuan at one price, assigned. @returns the assignment's id */
  async assign(electricity: string, target: TariffTarget = { kind: 'station', stationId: PILE }): Promise<Uuid> {
    const { stored, assignments } = this.tariffs.tariffs;
    const tariff = flatTariff(electricity);
    const made = await stored.create(EVERYTHING, { name: 'Flat', firstVersion: { tariff } }, null);
    return (await assignments.create(EVERYTHING, { tariffId: made.tariff.id, target }, null)).id;
  }

  async end(assignmentId: Uuid): Promise<void> {
    await this.tariffs.tariffs.assignments.close(EVERYTHING, assignmentId, undefined, null);
    this.clock.advance(1);
  }

  deliverer(): Deliverer {
    return new Deliverer({ ...this.dependencies, logger: createLogger({ level: 'silent', format: 'json' }) });
  }

  /** What each minute's job and the worker do, until nothing is due. */
  async settle(): Promise<void> {
    this.clock.advance(1);
    await lookForChanges(this.dependencies, new AbortController().signal);
    await this.deliver();
  }

  async deliver(): Promise<void> {
    const deliverer = this.deliverer();
    for (let rounds = 0; rounds < 20; rounds++) if ((await deliverer.deliverDue()) === 0) return;
    throw new Error('there is always something due');
  }

  /** As the stations' domain tells. */
  async tell(type: DomainEventType, data: Readonly<Record<string, unknown>> = {}, stationId = PILE): Promise<void> {
    this.#events += 1;
    const { organizationId, siteId } = this.tariffs.places;
    const recordedAt = this.clock.now();
    const event: DomainEvent = { id: String(this.#events), type, recordedAt, organizationId, siteId, stationId, data };
    await followStations(this.knex, this.clock, [event]);
  }

  async takes(tariff: StationTariff | null, stationId = PILE): Promise<void> {
    const { organizationId, siteId } = this.tariffs.places;
    await noteTaken(this.dependencies, { organizationId, siteId, stationId }, tariff);
  }

  /** What the station would be told when it asks. */
  async asked(stationId = PILE): Promise<StationTariff | null> {
    const { organizationId, siteId } = this.tariffs.places;
    return this.tariffs.tariffs.forStations.tariffOf({ organizationId, siteId, stationId });
  }

  /** A command ends; it is told only by {@link tell}. */
  finish(index: number, status: CommandView['status'], response: unknown = null): CommandView {
    const known = this.commands[index] as CommandView;
    const ended = { ...known, status, response, finishedAt: toIso(this.clock.now()) };
    this.commands[index] = ended;
    return ended;
  }

  async view(stationId = PILE): Promise<TariffDeliveryView> {
    return this.port.get(EVERYTHING, stationId);
  }

  async state(stationId = PILE): Promise<string> {
    return (await this.view(stationId)).state;
  }

  /** Prices per kWh of flat hours, as they were sent. */
  get sent(): string[] {
    return this.commands.map(({ payload }) => (payload as { tariff: StationTariff }).tariff.rates.flat.electricity);
  }

  readonly stations = {
    get: async (_scope, id) => this.#stationView(id),
    list: async (_scope, { capability }, { limit, cursor = '' }) => {
      const ids = [...this.piles.keys()].sort().filter((id) => id > cursor);
      const views = ids
        .map((id) => this.#stationView(id))
        .filter(({ capabilities }) => capability === undefined || capabilities.includes(capability));
      return { items: views.slice(0, limit), nextCursor: views.length > limit ? (views[limit - 1]?.id ?? null) : null };
    },
  } satisfies Pick<StationsPort, 'get' | 'list'>;

  readonly transactions: Pick<TransactionsPort, 'list'> = {
    list: async (_scope, { stationId = '' }) => ({
      items: this.piles.get(stationId)?.isCharging === true ? [{} as TransactionView] : [],
      nextCursor: null,
    }),
  };

  readonly commandsPort: Pick<CommandsPort, 'submit' | 'get'> = {
    submit: async (_scope, stationId, { action, payload, requestedBy }) => {
      if (this.fault?.when === 'before') throw this.fault.error;
      const now = this.clock.now();
      const status = this.pile(stationId).online ? this.answer : 'offline';
      const command: CommandView = {
        id: uuidv7(),
        stationId,
        action,
        payload,
        status,
        response: status === 'rejected' ? { result: 0 } : null,
        requestedBy,
        createdAt: toIso(now),
        deadline: toIso(instant(now + 30_000)),
        finishedAt: status === 'pending' ? null : toIso(now),
      };
      this.commands.push(command);
      if (this.fault?.when === 'after') throw this.fault.error;
      // Nobody knows at once what a station has answered.
      return status === 'offline' ? command : { ...command, status: 'pending', response: null, finishedAt: null };
    },
    get: async (_scope, id) => {
      const found = this.commands.find((command) => command.id === id);
      if (found === undefined) throw commandNotFound();
      return found;
    },
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tariffs[Symbol.asyncDispose]();
  }

  #stationView(id: string): StationView {
    const { online, siteId, capabilities } = this.pile(id);
    const { organizationId } = this.tariffs.places;
    return { id, organizationId, siteId, online, capabilities } as unknown as StationView;
  }
}
