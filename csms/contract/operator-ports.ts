import type { Uuid } from '@voltpile/kernel/ids';
import type { AccessScope, Page, PageRequest } from './access-scope.ts';
import type { CommandAction, CommandClass, CommandStatus } from './commands.ts';
import type { StationKey } from './ids.ts';
import type { LocalListPolicy } from './local-lists-port.ts';
import type { OfflinePolicy } from './offline-policy.ts';
import type { ConnectorStatus, RegistrationStatus } from './station-port.ts';

/**
 * What people (through the admin API) may ask of the stations' domain. Views are JSON-safe and already in the API's public shapes:
 * times are RFC 3339 text, energy is `…Wh` as a number. Unknown ids, and ids outside the scope, throw NotFound.
 */

export interface OrganizationView {
  readonly id: Uuid;
  readonly name: string;
  /** ISO 3166 alpha-2 and OCPI party id, when set. */
  readonly countryCode: string | null;
  readonly partyId: string | null;
  /** T/CEC 102 operator id, 9 characters, when set. */
  readonly operatorId: string | null;
  /** Tokens of this group may stop any transaction, and start none (OCPP 2.0.1 C16). */
  readonly masterPassGroupId: string | null;
  readonly createdAt: string;
}

export type OrganizationInput = Omit<OrganizationView, 'id' | 'createdAt' | 'masterPassGroupId'> & {
  readonly masterPassGroupId?: string | null | undefined;
};

export interface SiteView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly name: string;
  /** IANA zone. */
  readonly timeZone: string;
  readonly currency: string;
  readonly address: SiteAddress | null;
  readonly coordinates: { readonly latitude: string; readonly longitude: string } | null;
  readonly openingHours: Readonly<Record<string, unknown>> | null;
  /** What to do when billing cannot answer whether a driver may charge. */
  readonly fundsFallback: 'allow' | 'refuse';
  /** Which tokens the site's stations should know by themselves. */
  readonly localListPolicy: LocalListPolicy;
  /** What its stations may do while they cannot ask. */
  readonly offlinePolicy: OfflinePolicy;
  readonly createdAt: string;
}

export interface SiteAddress {
  readonly street: string;
  readonly city: string;
  readonly postalCode: string | null;
  /** ISO 3166 alpha-3, as OCPI has it. */
  readonly country: string;
}

export type SiteInput = Omit<SiteView, 'id' | 'createdAt'>;

export interface SitesPort {
  listOrganizations(scope: AccessScope, page: PageRequest): Promise<Page<OrganizationView>>;
  createOrganization(scope: AccessScope, input: OrganizationInput): Promise<OrganizationView>;
  getOrganization(scope: AccessScope, id: Uuid): Promise<OrganizationView>;
  updateOrganization(scope: AccessScope, id: Uuid, change: Partial<OrganizationInput>): Promise<OrganizationView>;
  listSites(
    scope: AccessScope,
    filter: { organizationId?: Uuid | undefined },
    page: PageRequest,
  ): Promise<Page<SiteView>>;
  createSite(scope: AccessScope, input: Partial<SiteInput> & { name: string }): Promise<SiteView>;
  getSite(scope: AccessScope, id: Uuid): Promise<SiteView>;
  updateSite(scope: AccessScope, id: Uuid, change: Partial<Omit<SiteInput, 'organizationId'>>): Promise<SiteView>;
}

export interface ConnectorView {
  readonly evseId: number;
  readonly connectorId: number;
  readonly status: ConnectorStatus;
  /** The dialect's own word. */
  readonly statusDetail: string | null;
  readonly errorCode: string | null;
  readonly statusAt: string;
}

export interface StationView {
  /** The station's decoded identity. */
  readonly id: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly registrationStatus: RegistrationStatus;
  readonly online: boolean;
  readonly protocol: string | null;
  readonly capabilities: readonly string[];
  readonly hasPassword: boolean;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serialNumber: string | null;
  readonly firmwareVersion: string | null;
  readonly connectedAt: string | null;
  readonly disconnectedAt: string | null;
  readonly lastSeenAt: string | null;
  readonly lastBootAt: string | null;
  readonly heartbeatIntervalSeconds: number | null;
  readonly lenient: boolean;
  /** The protocol of a station whose firmware names none when it connects; null: such a connection is refused. */
  readonly defaultProtocol: string | null;
  /**
   * OCPP security profile of the present or the last connection: 0 neither password nor certificate, 1 password, 2 password over TLS, 3 client
   * certificate. null before the first.
   */
  readonly securityProfile: 0 | 1 | 2 | 3 | null;
  readonly ratedPowerW: number | null;
  readonly connectors: readonly ConnectorView[];
  readonly createdAt: string;
}

export interface StationInput {
  readonly id: string;
  /** Absent: a random key is made and returned once. null: no key (only usable where unauthenticated stations may connect). */
  readonly password?: string | null | undefined;
  readonly siteId?: Uuid | undefined;
  readonly registrationStatus?: RegistrationStatus | undefined;
  readonly heartbeatIntervalSeconds?: number | null | undefined;
  readonly lenient?: boolean | undefined;
  readonly defaultProtocol?: string | null | undefined;
  readonly ratedPowerW?: number | null | undefined;
}

export interface StationsPort {
  list(
    scope: AccessScope,
    filter: {
      siteId?: Uuid | undefined;
      registrationStatus?: RegistrationStatus | undefined;
      online?: boolean | undefined;
      /** Identity contains this text, without regard to case. */
      search?: string | undefined;
      /** Can carry out this command. */
      capability?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<StationView>>;
  get(scope: AccessScope, id: string): Promise<StationView>;
  /** The station's key in the house, for services that keep things about it. */
  keyOf(scope: AccessScope, id: string): Promise<StationKey>;
  /** `password` in the result is the key when it was made by us; shown this once. Conflict `station.exists` when the id is taken. */
  register(scope: AccessScope, input: StationInput): Promise<StationView & { readonly password?: string }>;
  update(scope: AccessScope, id: string, change: Omit<StationInput, 'id'>): Promise<StationView>;
  remove(scope: AccessScope, id: string): Promise<void>;
  statusHistory(
    scope: AccessScope,
    id: string,
    page: PageRequest,
  ): Promise<Page<ConnectorView & { readonly receivedAt: string; readonly info: string | null }>>;
}

export type IdTokenStatus = 'Accepted' | 'Blocked' | 'Expired' | 'Invalid';

export interface IdTokenView {
  readonly idToken: string;
  readonly type: string;
  readonly status: IdTokenStatus;
  readonly groupIdToken: string | null;
  readonly expiresAt: string | null;
  /** May the token have several transactions at once? */
  readonly concurrentTransactions: boolean;
  readonly accountRef: string | null;
  readonly organizationId: Uuid;
  readonly createdAt: string;
}

export interface IdTokenInput {
  readonly idToken: string;
  /** OCPP 2.0.1 IdTokenEnumType. */
  readonly type?: string | undefined;
  readonly status?: IdTokenStatus | undefined;
  readonly groupIdToken?: string | null | undefined;
  readonly expiresAt?: string | null | undefined;
  readonly concurrentTransactions?: boolean | undefined;
  readonly accountRef?: string | null | undefined;
  readonly organizationId?: Uuid | undefined;
}

export interface IdTokensPort {
  list(
    scope: AccessScope,
    filter: {
      search?: string | undefined;
      status?: IdTokenStatus | undefined;
      /** Without regard to case. */
      groupIdToken?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<IdTokenView>>;
  /** Values are compared without regard to case. */
  get(scope: AccessScope, idToken: string): Promise<IdTokenView>;
  /** Conflict `id_token.exists` when the value is taken in the organisation. */
  create(scope: AccessScope, input: IdTokenInput): Promise<IdTokenView>;
  update(
    scope: AccessScope,
    idToken: string,
    change: Omit<IdTokenInput, 'idToken' | 'organizationId'>,
  ): Promise<IdTokenView>;
  remove(scope: AccessScope, idToken: string): Promise<void>;
}

export interface TransactionView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
  readonly evseId: number | null;
  readonly connectorId: number | null;
  /** Null when the station gave none, or one too long to be kept. */
  readonly stationTransactionId: string | null;
  readonly idToken: string | null;
  readonly authorizationStatus: string | null;
  readonly status: 'active' | 'ended';
  readonly timeZone: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly pluggedInAt: string | null;
  readonly authorizedAt: string | null;
  readonly energyStartedAt: string | null;
  readonly energyEndedAt: string | null;
  readonly unpluggedAt: string | null;
  readonly chargingState: string | null;
  /** What it has in common with the transactions of other EVSEs that feed the same vehicle; null when it charges alone. */
  readonly parallelGroup: string | null;
  /** While active: by the newest register sample, or the newest one of the energy since the start. Null when it has ended and nothing tells it (flag `energy-unknown`). */
  readonly energyWh: number | null;
  /** What may be billed: the loss of the line included where the station adds it. Null while active or held. */
  readonly billableEnergyWh: number | null;
  /** What the driver pays, tax included, as the service that bills has told last; null while it has not. */
  readonly cost: TransactionCost | null;
  /** What a prepaid driver had left for this charge then; null when nothing limits it. */
  readonly remaining: { readonly amount: string; readonly currency: string } | null;
  readonly meterStartWh: number | null;
  readonly meterStopWh: number | null;
  readonly stopReason: string | null;
  readonly flags: readonly string[];
  /** Why the transaction may not be billed without a look by a person; empty when it may. */
  readonly holds: readonly string[];
}

export interface TransactionCost {
  /** Decimal text. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Up to when the charge was priced. */
  readonly asOf: string;
  /** Of the settled charge. */
  readonly isFinal: boolean;
}

export interface MeterValueView {
  readonly timestamp: string;
  readonly measurand: string;
  readonly phase: string | null;
  readonly location: string | null;
  readonly context: string | null;
  readonly format: string | null;
  /** Number when the value is one that a JSON number holds exactly, otherwise the text as it came. */
  readonly value: number | string;
  readonly unit: string | null;
  /** The same sample was reported with another value, too, which is in the list as well. */
  readonly conflicting?: true | undefined;
}

/** A report about a transaction, of stations that count what they report (OCPP 2.x). */
export interface TransactionEventView {
  readonly number: number;
  readonly type: 'started' | 'updated' | 'ended';
  /** OCPP 2.0.1 TriggerReasonEnumType. */
  readonly trigger: string | null;
  readonly chargingState: string | null;
  readonly offline: boolean | null;
  readonly timestamp: string;
  readonly receivedAt: string;
}

/** A bill that the station made itself. */
export interface StationBillView {
  readonly receivedAt: string;
  readonly energyWh: number;
  /** With the loss of the line; null when the station does not tell it. */
  readonly lossAdjustedEnergyWh: number | null;
  readonly amount: { readonly amount: string; readonly currency: string };
  readonly periods: readonly {
    readonly name: string;
    readonly pricePerKwh: string;
    readonly energyWh: number;
    readonly lossAdjustedEnergyWh: number | null;
    readonly amount: string;
  }[];
  readonly details: Readonly<Record<string, string | number | null>>;
  /** Another bill than the first one, which counts. */
  readonly conflicting?: true | undefined;
}

export interface TransactionsPort {
  list(
    scope: AccessScope,
    filter: {
      stationId?: string | undefined;
      siteId?: Uuid | undefined;
      status?: 'active' | 'ended' | undefined;
      idToken?: string | undefined;
      parallelGroup?: string | undefined;
      /** RFC 3339; on the start. `from` inclusive, `to` exclusive. */
      from?: string | undefined;
      to?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<TransactionView>>;
  get(scope: AccessScope, id: Uuid): Promise<TransactionView>;
  meterValues(
    scope: AccessScope,
    id: Uuid,
    filter: { measurand?: string | undefined },
    page: PageRequest,
  ): Promise<Page<MeterValueView>>;
  /** In the order of their numbers; none where the station does not count its reports. */
  events(scope: AccessScope, id: Uuid, page: PageRequest): Promise<Page<TransactionEventView>>;
  /** In the order of their arrival; none where the station makes no bills. */
  bills(scope: AccessScope, id: Uuid, page: PageRequest): Promise<Page<StationBillView>>;
}

export interface CommandView {
  readonly id: Uuid;
  readonly stationId: string;
  readonly action: CommandAction | string;
  readonly payload: unknown;
  readonly status: CommandStatus;
  readonly response: unknown;
  readonly requestedBy: string | null;
  readonly createdAt: string;
  readonly deadline: string;
  readonly finishedAt: string | null;
}

export interface CommandsPort {
  /**
   * Stores the command and sends it; returns at once with the pending command. `action` is neutral, or the station's own.
   *
   * @param allowed the command classes that the caller may give; another one throws PermissionDenied `command.not_permitted`
   * @throws InvalidArgument `command.invalid_payload`, `command.unknown_action`; FailedPrecondition `command.not_supported` (the station's
   *   dialect has no such command)
   */
  submit(
    scope: AccessScope,
    stationId: string,
    request: { action: string; payload: unknown; timeoutSeconds?: number | undefined; requestedBy: string | null },
    allowed: readonly CommandClass[],
  ): Promise<CommandView>;
  get(scope: AccessScope, id: Uuid): Promise<CommandView>;
  list(scope: AccessScope, filter: { stationId?: string | undefined }, page: PageRequest): Promise<Page<CommandView>>;
}
