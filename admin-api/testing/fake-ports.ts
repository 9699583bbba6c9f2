import { tariffSchema } from '@voltpile/billing/contract/tariff';
import type { TariffsPort } from '@voltpile/billing/contract/tariffs-port';
import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type {
  ChargingLimitView,
  ChargingProfilesPort,
  ChargingProfileView,
  CompositeScheduleView,
  VehiclePlanView,
} from '@voltpile/csms/contract/charging-profiles-port';
import { COMMAND_ACTIONS, type CommandClass, commandClass } from '@voltpile/csms/contract/commands';
import type {
  DeviceEventView,
  DeviceModelPort,
  DeviceMonitorView,
  DeviceReportView,
  DeviceVariableView,
} from '@voltpile/csms/contract/device-model-port';
import type { DomainEvent, EventsPort } from '@voltpile/csms/contract/events';
import type { LocalListEntryView, LocalListsPort, LocalListView } from '@voltpile/csms/contract/local-lists-port';
import type { OfflineRulesPort } from '@voltpile/csms/contract/offline-rules-port';
import type {
  CommandsPort,
  CommandView,
  IdTokensPort,
  IdTokenView,
  MeterValueView,
  OrganizationView,
  SitesPort,
  SiteView,
  StationBillView,
  StationsPort,
  StationView,
  TransactionEventView,
  TransactionsPort,
  TransactionView,
} from '@voltpile/csms/contract/operator-ports';
import type { ReservationsPort, ReservationView } from '@voltpile/csms/contract/reservations-port';
import { instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { LoggedMessageView, LogLevel, MessageLogPort } from '@voltpile/operations/contract/message-log';
import type { JobService } from '@voltpile/platform/jobs/jobs-port';
import type { StoragePort } from '@voltpile/platform/storage/storage-port';
import { FakeAccounts } from './fake-accounts.ts';
import { FakeAlarms } from './fake-alarms.ts';
import { FakeFiles } from './fake-files.ts';
import { FakeInvoices } from './fake-invoices.ts';
import { FakeJobs } from './fake-jobs.ts';
import { FakeLive } from './fake-live.ts';
import { FakePayments } from './fake-payments.ts';
import { FakeSettlement } from './fake-settlement.ts';
import { FakeTariffDeliveries } from './fake-tariff-deliveries.ts';
import { FakeTariffs } from './fake-tariffs.ts';

const NOW = '2026-05-01T00:00:00.000Z';

const notFound = defineError('fake.not_found', 'NotFound', 'There is no {what} {id}.');
const stationExists = defineError('station.exists', 'Conflict', 'There is a station {id} already.');
const commandNotPermitted = defineError('command.not_permitted', 'PermissionDenied', 'Not permitted: {class}.');
const commandInvalid = defineError('command.invalid_payload', 'InvalidArgument', 'The payload is not valid.');
const reservationOver = defineError('reservation.over', 'FailedPrecondition', 'Reservation {id} is {status}.');
const localListOff = defineError('local_list.off', 'FailedPrecondition', 'No list is wanted for {stationId}.');
const badCursor = defineError('list.bad_cursor', 'InvalidArgument', 'The cursor is not one of this list.');

/** Pages over an array, with the place in it as cursor. */
function paged<T>(all: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const start = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isInteger(start)) throw badCursor();
  const end = start + limit;
  return { items: all.slice(start, end), nextCursor: end < all.length ? String(end) : null };
}

function sees(scope: AccessScope, place: { organizationId: string; siteId?: string | null }): boolean {
  switch (scope.kind) {
    case 'everything':
      return true;
    case 'organizations':
      return scope.organizationIds.includes(place.organizationId);
    case 'sites':
      return typeof place.siteId === 'string' && scope.siteIds.includes(place.siteId);
  }
}

function required<T>(found: T | undefined, what: string, id: string): T {
  if (found === undefined) throw notFound({ what, id });
  return found;
}

/** The change without members that are undefined. */
function given<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Puts a changed copy in the row's place: who holds the row as it was keeps it. */
function replace<T extends object>(rows: T[], row: T, change: Partial<NoInfer<T>>): T {
  const changed = { ...row, ...change };
  rows[rows.indexOf(row)] = changed;
  return changed;
}

/** The stations' domain in memory, for tests of the API: no rules, but scopes, pages and errors as the contract promises them. */
const NO_TABLES = { database: 'localhost:5432/voltpile', bytes: 0, tables: [] };

export class FakePorts {
  readonly organizationId = uuidv7();
  readonly siteId = uuidv7();
  readonly organizationRows: OrganizationView[] = [
    {
      id: this.organizationId,
      name: 'Default',
      countryCode: null,
      partyId: null,
      operatorId: null,
      masterPassGroupId: null,
      createdAt: NOW,
    },
  ];
  readonly siteRows: SiteView[] = [this.#site(this.siteId, this.organizationId, 'Default')];
  readonly stationRows: (StationView & { password?: string | null })[] = [];
  readonly idTokenRows: IdTokenView[] = [];
  readonly transactionRows: TransactionView[] = [];
  readonly meterValueRows: MeterValueView[] = [];
  readonly transactionEventRows: TransactionEventView[] = [];
  readonly stationBillRows: StationBillView[] = [];
  readonly loggedMessages: LoggedMessageView[] = [];
  readonly logLevels = new Map<string, LogLevel>();
  readonly commandRows: CommandView[] = [];
  readonly deviceVariableRows: DeviceVariableView[] = [];
  readonly deviceMonitorRows: DeviceMonitorView[] = [];
  readonly deviceReportRows: DeviceReportView[] = [];
  readonly deviceEventRows: DeviceEventView[] = [];
  readonly reservationRows: ReservationView[] = [];
  readonly chargingProfileRows: ChargingProfileView[] = [];
  readonly chargingLimitRows: ChargingLimitView[] = [];
  readonly compositeScheduleRows: CompositeScheduleView[] = [];
  readonly vehiclePlanRows: VehiclePlanView[] = [];
  readonly localListRows = new Map<string, Partial<LocalListView>>();
  readonly localListEntryRows: LocalListEntryView[] = [];
  readonly eventRows: DomainEvent[] = [];
  /** What the port was called with last. */
  readonly seen: {
    transactionFilter?: object;
    deviceFilter?: object;
    profileFilter?: object;
    allowed?: readonly CommandClass[];
  } = {};
  /** Events with an id up to this one are forgotten. */
  forgottenUpTo = 0;
  /** When set, `submit` and `events.read` wait for it or fail with it. */
  gate: Promise<void> | undefined;
  readonly #waiting = new Set<() => void>();

  readonly sites: SitesPort = {
    listOrganizations: async (scope, page) =>
      paged(
        this.organizationRows.filter((row) => sees(scope, { organizationId: row.id })),
        page,
      ),
    createOrganization: async (_scope, input) => {
      const made = { id: uuidv7(), ...input, masterPassGroupId: input.masterPassGroupId ?? null, createdAt: NOW };
      this.organizationRows.push(made);
      return made;
    },
    getOrganization: async (scope, id) =>
      required(
        this.organizationRows.find((row) => row.id === id && sees(scope, { organizationId: id })),
        'organisation',
        id,
      ),
    updateOrganization: async (scope, id, change) =>
      replace(this.organizationRows, await this.sites.getOrganization(scope, id), given(change)),
    listSites: async (scope, filter, page) =>
      paged(
        this.siteRows.filter(
          (row) =>
            sees(scope, { organizationId: row.organizationId, siteId: row.id }) &&
            (filter.organizationId === undefined || row.organizationId === filter.organizationId),
        ),
        page,
      ),
    createSite: async (_scope, input) => {
      const made = { ...this.#site(uuidv7(), this.organizationId, input.name), ...given(input) };
      this.siteRows.push(made);
      return made;
    },
    getSite: async (scope, id) =>
      required(
        this.siteRows.find((row) => row.id === id && sees(scope, { organizationId: row.organizationId, siteId: id })),
        'site',
        id,
      ),
    updateSite: async (scope, id, change) => replace(this.siteRows, await this.sites.getSite(scope, id), given(change)),
  };

  readonly stations: StationsPort = {
    list: async (scope, filter, page) =>
      paged(
        this.stationRows
          .filter(
            (row) =>
              sees(scope, row) &&
              (filter.siteId === undefined || row.siteId === filter.siteId) &&
              (filter.online === undefined || row.online === filter.online) &&
              (filter.registrationStatus === undefined || row.registrationStatus === filter.registrationStatus) &&
              (filter.search === undefined || row.id.toLowerCase().includes(filter.search.toLowerCase())),
          )
          .map(view),
        page,
      ),
    get: async (scope, id) => view(this.#station(scope, id)),
    keyOf: async (scope, id) => `key of ${this.#station(scope, id).id}`,
    register: async (_scope, input) => {
      if (this.stationRows.some((row) => row.id === input.id)) throw stationExists({ id: input.id });
      const { password, ...settings } = input;
      const made = { ...this.#newStation(input.id), ...given(settings), hasPassword: password !== null };
      this.stationRows.push({ ...made, password: password ?? null });
      return password === undefined ? { ...made, password: `made-up-${uuidv7()}` } : made;
    },
    update: async (scope, id, change) => {
      const row = this.#station(scope, id);
      const { password, ...settings } = change;
      const key = password === undefined ? {} : { password, hasPassword: password !== null };
      return view(replace(this.stationRows, row, { ...given(settings), ...key }));
    },
    remove: async (scope, id) => {
      this.stationRows.splice(this.stationRows.indexOf(this.#station(scope, id)), 1);
    },
    statusHistory: async (scope, id, page) => {
      const row = this.#station(scope, id);
      return paged(
        row.connectors.map((connector) => ({ ...connector, receivedAt: NOW, info: null })),
        page,
      );
    },
  };

  readonly idTokens: IdTokensPort = {
    list: async (scope, filter, page) =>
      paged(
        this.idTokenRows.filter(
          (row) =>
            sees(scope, row) &&
            (filter.status === undefined || row.status === filter.status) &&
            (filter.groupIdToken === undefined ||
              row.groupIdToken?.toLowerCase() === filter.groupIdToken.toLowerCase()) &&
            (filter.search === undefined || row.idToken.toLowerCase().includes(filter.search.toLowerCase())),
        ),
        page,
      ),
    get: async (scope, idToken) =>
      required(
        this.idTokenRows.find((row) => sees(scope, row) && row.idToken.toLowerCase() === idToken.toLowerCase()),
        'id token',
        idToken,
      ),
    create: async (_scope, input) => {
      const made: IdTokenView = {
        type: 'ISO14443',
        status: 'Accepted',
        groupIdToken: null,
        expiresAt: null,
        concurrentTransactions: false,
        accountRef: null,
        organizationId: this.organizationId,
        createdAt: NOW,
        ...(given(input) as Partial<IdTokenView>),
        idToken: input.idToken,
      };
      this.idTokenRows.push(made);
      return made;
    },
    update: async (scope, idToken, change) =>
      replace(this.idTokenRows, await this.idTokens.get(scope, idToken), given(change) as Partial<IdTokenView>),
    remove: async (scope, idToken) => {
      this.idTokenRows.splice(this.idTokenRows.indexOf(await this.idTokens.get(scope, idToken)), 1);
    },
  };

  readonly transactions: TransactionsPort = {
    list: async (scope, filter, page) => {
      this.seen.transactionFilter = filter;
      return paged(
        this.transactionRows.filter(
          (row) => sees(scope, row) && (filter.stationId === undefined || row.stationId === filter.stationId),
        ),
        page,
      );
    },
    get: async (scope, id) =>
      required(
        this.transactionRows.find((row) => sees(scope, row) && row.id === id),
        'transaction',
        id,
      ),
    meterValues: async (scope, id, filter, page) => {
      await this.transactions.get(scope, id);
      return paged(
        this.meterValueRows.filter((row) => filter.measurand === undefined || row.measurand === filter.measurand),
        page,
      );
    },
    events: async (scope, id, page) => {
      await this.transactions.get(scope, id);
      return paged(this.transactionEventRows, page);
    },
    bills: async (scope, id, page) => {
      await this.transactions.get(scope, id);
      return paged(this.stationBillRows, page);
    },
  };

  readonly commands: CommandsPort = {
    submit: async (scope, stationId, request, allowed) => {
      await this.gate;
      this.#station(scope, stationId);
      this.seen.allowed = allowed;
      const neutral = COMMAND_ACTIONS.find((action) => action === request.action);
      const needed = commandClass(neutral ?? 'raw-call');
      if (!allowed.includes(needed)) throw commandNotPermitted({ class: needed });
      if (request.action === 'reset-station' && Object.keys(request.payload as object).length === 0) {
        throw commandInvalid({ problems: ['/type is missing'] });
      }
      const made: CommandView = {
        id: uuidv7(),
        stationId,
        action: request.action,
        payload: request.payload,
        status: 'pending',
        response: null,
        requestedBy: request.requestedBy,
        createdAt: NOW,
        deadline: NOW,
        finishedAt: null,
      };
      this.commandRows.push(made);
      return made;
    },
    get: async (_scope, id) =>
      required(
        this.commandRows.find((row) => row.id === id),
        'command',
        id,
      ),
    list: async (_scope, filter, page) =>
      paged(
        this.commandRows.filter((row) => row.stationId === filter.stationId),
        page,
      ),
  };

  /** Every station has the same model. */
  readonly deviceModel: DeviceModelPort = {
    variables: async (scope, stationId, filter, page) =>
      this.#ofStation(scope, stationId, filter, this.deviceVariableRows, page),
    monitors: async (scope, stationId, filter, page) =>
      this.#ofStation(scope, stationId, filter, this.deviceMonitorRows, page),
    reports: async (scope, stationId, filter, page) =>
      this.#ofStation(scope, stationId, filter, this.deviceReportRows, page),
    events: async (scope, stationId, filter, page) =>
      this.#ofStation(scope, stationId, filter, this.deviceEventRows, page),
    refresh: (scope, stationId, { variables, reportBase = 'FullInventory', ...rest }, allowed) => {
      const request =
        variables === undefined
          ? { action: 'get-base-report', payload: { reportBase }, ...rest }
          : { action: 'get-variables', payload: { variables }, ...rest };
      return this.commands.submit(scope, stationId, request, allowed);
    },
  };

  readonly messageLog: MessageLogPort = {
    list: async (scope, filter, page) =>
      paged(
        this.loggedMessages.filter(
          (row) => sees(scope, row) && (filter.stationId === undefined || row.stationId === filter.stationId),
        ),
        page,
      ),
    setting: async (stationId) => {
      const level = this.logLevels.get(stationId);
      return { stationId, level: level ?? 'errors', isDefault: level === undefined, droppedSinceStart: 0 };
    },
    set: async (stationId, level) => {
      if (level === null) this.logLevels.delete(stationId);
      else this.logLevels.set(stationId, level);
      return this.messageLog.setting(stationId);
    },
  };

  readonly reservations: ReservationsPort = {
    list: async (scope, filter, page) =>
      paged(
        this.reservationRows.filter(
          (row) =>
            sees(scope, row) &&
            (filter.stationId === undefined || row.stationId === filter.stationId) &&
            (filter.status === undefined || row.status === filter.status) &&
            (filter.idToken === undefined || row.idToken.toLowerCase() === filter.idToken.toLowerCase()),
        ),
        page,
      ),
    get: async (scope, id) =>
      required(
        this.reservationRows.find((row) => row.id === id && sees(scope, row)),
        'reservation',
        id,
      ),
    create: async (scope, stationId, input, { requestedBy, timeoutSeconds }) => {
      const request = { action: 'reserve-now', payload: input, timeoutSeconds, requestedBy };
      const { organizationId, siteId } = this.#station(scope, stationId);
      const command = await this.commands.submit(scope, stationId, request, ['operate']);
      const made: ReservationView = {
        id: uuidv7(),
        organizationId,
        siteId,
        stationId,
        reservationId: this.reservationRows.length + 1,
        evseId: input.evseId ?? null,
        connectorType: input.connectorType ?? null,
        idToken: input.idToken,
        groupIdToken: input.groupIdToken ?? null,
        status: 'requested',
        refusal: null,
        flags: [],
        commandId: command.id,
        transactionId: null,
        createdBy: requestedBy,
        createdAt: NOW,
        expiresAt: input.expiresAt,
        endedAt: null,
        connectorStatus: null,
      };
      this.reservationRows.push(made);
      return made;
    },
    cancel: async (scope, id, { requestedBy }) => {
      const { stationId, reservationId, status } = await this.reservations.get(scope, id);
      if (status !== 'requested') throw reservationOver({ id, status });
      const request = { action: 'cancel-reservation', payload: { reservationId }, requestedBy };
      return this.commands.submit(scope, stationId, request, ['operate']);
    },
  };

  readonly chargingProfiles: ChargingProfilesPort = {
    profiles: async (scope, stationId, filter, page) => {
      this.#station(scope, stationId);
      this.seen.profileFilter = filter;
      return paged(this.chargingProfileRows, page);
    },
    limits: async (scope, stationId, filter, page) => {
      this.#station(scope, stationId);
      this.seen.profileFilter = filter;
      return paged(this.chargingLimitRows, page);
    },
    compositeSchedules: async (scope, stationId, page) => {
      this.#station(scope, stationId);
      return paged(this.compositeScheduleRows, page);
    },
    vehiclePlans: async (scope, stationId, filter, page) => {
      this.#station(scope, stationId);
      this.seen.profileFilter = filter;
      return paged(this.vehiclePlanRows, page);
    },
    set: (scope, stationId, payload, given) =>
      this.commands.submit(scope, stationId, { action: 'set-charging-profile', payload, ...given }, ['configure']),
    clear: (scope, stationId, payload, given) =>
      this.commands.submit(scope, stationId, { action: 'clear-charging-profile', payload, ...given }, ['configure']),
  };

  readonly localLists: LocalListsPort = {
    get: async (scope, stationId) => {
      const { organizationId, siteId } = this.#station(scope, stationId);
      return {
        stationId,
        organizationId,
        siteId,
        policy: { kind: 'off' },
        policySource: 'site',
        status: 'unknown',
        operatorManaged: false,
        confirmedVersion: null,
        wantedVersion: null,
        entryCount: null,
        wantedEntryCount: null,
        leftOutCount: 0,
        lastError: null,
        retryAt: null,
        verifiedAt: null,
        updatedAt: null,
        ...this.localListRows.get(stationId),
      };
    },
    entries: async (scope, stationId, page) => {
      this.#station(scope, stationId);
      return paged(this.localListEntryRows, page);
    },
    setPolicy: async (scope, stationId, policy) => {
      this.#station(scope, stationId);
      if (policy === null) this.localListRows.delete(stationId);
      else this.localListRows.set(stationId, { policy, policySource: 'station', status: 'pending', updatedAt: NOW });
      return this.localLists.get(scope, stationId);
    },
    sync: async (scope, stationId, { mode, requestedBy }) => {
      const list = await this.localLists.get(scope, stationId);
      if (list.policy.kind === 'off') throw localListOff({ stationId });
      const request = { action: 'send-local-list', payload: { mode: mode ?? null }, requestedBy };
      const { id } = await this.commands.submit(scope, stationId, request, ['configure']);
      return { list, commandId: id };
    },
  };

  /** Everything costs nothing; tells what it was asked. A tariff is wrong in what it is not. */
  readonly tariffs: TariffsPort = {
    validate: async (tariff) =>
      tariffSchema.safeParse(tariff).success
        ? []
        : [{ level: 'mistake', kind: 'malformed', path: 'elements.0', message: 'must be an element', element: 0 }],
    preview: async ({ currency }, { periods }) => ({
      currency,
      exclVat: '0',
      inclVat: '0',
      lines: [
        {
          dimension: 'FLAT',
          quantity: '1',
          unit: 'session',
          price: '0',
          vatPercent: null,
          exclVat: '0',
          inclVat: '0',
          periods: periods.map((_, index) => index),
        },
      ],
    }),
  };

  readonly offlineRules: OfflineRulesPort = {
    get: async (scope, stationId) => {
      const { offlinePolicy: policy } = await this.sites.getSite(scope, this.#station(scope, stationId).siteId);
      const value = String(policy.localAuthorizeOffline);
      return {
        stationId,
        policy,
        masterPassGroupId: null,
        variables: [{ component: null, variable: 'LocalAuthorizeOffline', value }],
      };
    },
    apply: async (scope, stationId, { requestedBy }) => {
      const { variables } = await this.offlineRules.get(scope, stationId);
      const request = { action: 'set-variables', payload: { variables }, requestedBy };
      return this.commands.submit(scope, stationId, request, ['configure']);
    },
  };

  readonly events: EventsPort = {
    read: async (scope, afterId, limit) => {
      await this.gate;
      const newest = String(this.forgottenUpTo + this.eventRows.length);
      if (afterId === null) return { kind: 'events', items: [], lastId: newest };
      if (Number(afterId) < this.forgottenUpTo) return { kind: 'reset', lastId: newest };
      const after = this.eventRows.filter(({ id }) => Number(id) > Number(afterId)).slice(0, limit);
      return {
        kind: 'events',
        items: after.filter((event) => sees(scope, event)),
        lastId: after.at(-1)?.id ?? afterId,
      };
    },
    wait: (afterId, timeoutMs) =>
      new Promise((resolve) => {
        if (Number(afterId) < this.forgottenUpTo + this.eventRows.length) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        this.#waiting.add(done);
      }),
  };

  readonly invoicing = new FakeInvoices(this.organizationId, this.sites);
  readonly storage: Record<JobService, StoragePort> = {
    csms: { size: async () => NO_TABLES },
    billing: { size: async () => NO_TABLES },
    operations: { size: async () => NO_TABLES },
  };
  readonly fakeJobs = new FakeJobs();
  readonly jobs = this.fakeJobs.ports;
  readonly fakeAlarms = new FakeAlarms();
  readonly alarms = this.fakeAlarms.port;
  readonly fakeLive = new FakeLive();
  readonly live = this.fakeLive.port;
  readonly fakeFiles = new FakeFiles(this.organizationId, this.siteId, this.stations, this.commands);
  readonly files = this.fakeFiles.port;
  readonly fakeTariffs = new FakeTariffs(this.organizationId, this.stations);
  readonly storedTariffs = this.fakeTariffs.stored;
  readonly tariffAssignments = this.fakeTariffs.assignments;
  readonly fakeDeliveries = new FakeTariffDeliveries(this.organizationId, this.siteId);
  readonly tariffDeliveries = this.fakeDeliveries.port;

  readonly fakeAccounts = new FakeAccounts(this.organizationId);
  readonly accounts = this.fakeAccounts.accounts;
  readonly wallets = this.fakeAccounts.wallets;
  readonly receivedPayments = this.fakeAccounts.receivedPayments;
  readonly ledger = this.fakeAccounts.ledger;
  readonly fakeSettlement = new FakeSettlement(this.organizationId, this.siteId);
  readonly cdrs = this.fakeSettlement.cdrs;
  readonly settlements = this.fakeSettlement.settlements;
  readonly fakePayments = new FakePayments(this.organizationId);
  readonly payments = this.fakePayments.port;

  /** Lets something happen, and wakes who waits for it. */
  emit(type: DomainEvent['type'], facts: Partial<DomainEvent> = {}): DomainEvent {
    const event: DomainEvent = {
      id: String(this.forgottenUpTo + this.eventRows.length + 1),
      type,
      recordedAt: instant(Date.parse(NOW)),
      organizationId: this.organizationId,
      siteId: this.siteId,
      stationId: 'CP1',
      data: {},
      ...facts,
    };
    this.eventRows.push(event);
    for (const done of this.#waiting) done();
    return event;
  }

  /** Adds a transaction that ended as nothing special. */
  addTransaction(facts: Partial<TransactionView> = {}): TransactionView {
    const made: TransactionView = {
      id: uuidv7(),
      organizationId: this.organizationId,
      siteId: this.siteId,
      stationId: 'CP1',
      evseId: 1,
      connectorId: 1,
      stationTransactionId: '1',
      idToken: 'CARD1',
      authorizationStatus: 'Accepted',
      status: 'ended',
      timeZone: 'UTC',
      startedAt: NOW,
      endedAt: NOW,
      pluggedInAt: null,
      authorizedAt: null,
      energyStartedAt: null,
      energyEndedAt: null,
      unpluggedAt: null,
      chargingState: null,
      energyWh: 1234.567,
      billableEnergyWh: null,
      cost: null,
      remaining: null,
      meterStartWh: 0,
      meterStopWh: 1234.567,
      stopReason: 'Local',
      parallelGroup: null,
      flags: ['clock-corrected'],
      holds: [],
      ...facts,
    };
    this.transactionRows.push(made);
    return made;
  }

  #station(scope: AccessScope, id: string): StationView & { password?: string | null } {
    return required(
      this.stationRows.find((row) => row.id === id && sees(scope, row)),
      'station',
      id,
    );
  }

  #ofStation<T>(scope: AccessScope, id: string, filter: object, rows: readonly T[], page: PageRequest): Page<T> {
    this.#station(scope, id);
    this.seen.deviceFilter = given(filter);
    return paged(rows, page);
  }

  #newStation(id: string): StationView {
    return {
      id,
      organizationId: this.organizationId,
      siteId: this.siteId,
      registrationStatus: 'Accepted',
      online: false,
      protocol: null,
      capabilities: ['reset-station'],
      hasPassword: true,
      vendor: null,
      model: null,
      serialNumber: null,
      firmwareVersion: null,
      connectedAt: null,
      disconnectedAt: null,
      lastSeenAt: null,
      lastBootAt: null,
      heartbeatIntervalSeconds: null,
      lenient: false,
      defaultProtocol: null,
      securityProfile: null,
      ratedPowerW: null,
      connectors: [
        { evseId: 1, connectorId: 1, status: 'Available', statusDetail: 'Available', errorCode: null, statusAt: NOW },
      ],
      createdAt: NOW,
    };
  }

  #site(id: string, organizationId: string, name: string): SiteView {
    return {
      id,
      organizationId,
      name,
      timeZone: 'UTC',
      currency: 'EUR',
      address: null,
      coordinates: null,
      openingHours: null,
      fundsFallback: 'allow',
      localListPolicy: { kind: 'off' },
      offlinePolicy: {
        localAuthorizeOffline: null,
        localPreAuthorize: null,
        allowOfflineTxForUnknownId: null,
        stopOnInvalidId: null,
      },
      createdAt: NOW,
    };
  }
}

function view({ password: _kept, ...station }: StationView & { password?: string | null }): StationView {
  return station;
}
