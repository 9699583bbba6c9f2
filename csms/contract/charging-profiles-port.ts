import type { Uuid } from '@voltpile/kernel/ids';
import type { AccessScope, Page, PageRequest } from './access-scope.ts';
import type { CommandPayload } from './commands.ts';
import type { CommandView } from './operator-ports.ts';

/** Why a profile is no more. */
export const PROFILE_CLEAR_REASONS = [
  /** By a command. */
  'cleared',
  /** By another profile of the same id, or of the same purpose, stack level and EVSE. */
  'replaced',
  'transaction-ended',
  /** The start command that it came with led to no transaction. */
  'not-started',
  /** The station reported its profiles, and this was not among them. */
  'not-reported',
  /** The station did not know what was to be cleared. */
  'unknown-to-station',
] as const;
export type ProfileClearReason = (typeof PROFILE_CLEAR_REASONS)[number];

/** A charging profile that a station holds, as far as we know. Times are RFC 3339 text. */
export interface ChargingProfileView {
  readonly id: Uuid;
  readonly stationId: string;
  /** 0: the station as a whole; null: of a start command that left the choice of the EVSE to the station. */
  readonly evseId: number | null;
  /** Who has set it, OCPP 2.0.1 ChargingLimitSourceEnumType; `CSO` is this system. */
  readonly source: string;
  readonly chargingProfileId: number;
  readonly chargingProfilePurpose: string;
  readonly stackLevel: number | null;
  /** OCPP 2.0.1 ChargingProfileType, whatever the station speaks. */
  readonly chargingProfile: Readonly<Record<string, unknown>>;
  /** Of a TxProfile. */
  readonly transactionId: Uuid | null;
  /** When the station accepted it from us; null: we did not set it. */
  readonly setAt: string | null;
  /** When the station reported it last. */
  readonly reportedAt: string | null;
  /** null: it is there. */
  readonly clearedAt: string | null;
  readonly clearReason: ProfileClearReason | null;
}

/** A limit that somebody else than we has set: the grid operator, an energy management system. */
export interface ChargingLimitView {
  readonly id: Uuid;
  readonly stationId: string;
  /** null: the station as a whole. */
  readonly evseId: number | null;
  readonly source: string;
  readonly gridCritical: boolean | null;
  /** OCPP 2.0.1 ChargingScheduleType; null when the station tells none. */
  readonly schedules: readonly Readonly<Record<string, unknown>>[] | null;
  readonly setAt: string;
  readonly reportedAt: string;
  /** null: it holds. */
  readonly clearedAt: string | null;
  /** `limit-unseen`: its end was told, its beginning was not. */
  readonly flags: readonly string[];
}

/** What all profiles together allow, by the station's own word. */
export interface CompositeScheduleView {
  readonly stationId: string;
  readonly evseId: number;
  readonly chargingRateUnit: string;
  /** OCPP 2.0.1 CompositeScheduleType. */
  readonly schedule: Readonly<Record<string, unknown>>;
  readonly commandId: Uuid;
  readonly receivedAt: string;
}

/** What a car said that it needs (ISO 15118), or the schedule that it chose. */
export interface VehiclePlanView {
  readonly id: Uuid;
  readonly stationId: string;
  readonly evseId: number;
  /** That ran at the EVSE when it was told. */
  readonly transactionId: Uuid | null;
  readonly kind: 'needs' | 'schedule';
  /** `{maxScheduleTuples, needs}` with OCPP 2.0.1 ChargingNeedsType, or `{timeBase, schedule}` with ChargingScheduleType. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly receivedAt: string;
  readonly flags: readonly string[];
}

interface Given {
  readonly timeoutSeconds?: number | undefined;
  readonly requestedBy: string | null;
}

/** An unknown station, and one outside the scope, throws NotFound `station.not_found`. All lists are newest first. */
export interface ChargingProfilesPort {
  profiles(
    scope: AccessScope,
    stationId: string,
    filter: {
      readonly evseId?: number | undefined;
      readonly chargingProfilePurpose?: string | undefined;
      readonly stackLevel?: number | undefined;
      readonly source?: string | undefined;
      readonly transactionId?: Uuid | undefined;
      /** True: those that are no more, too. */
      readonly history?: boolean | undefined;
    },
    page: PageRequest,
  ): Promise<Page<ChargingProfileView>>;
  limits(
    scope: AccessScope,
    stationId: string,
    filter: {
      readonly evseId?: number | undefined;
      readonly source?: string | undefined;
      /** True: those that hold no more, too. */
      readonly history?: boolean | undefined;
    },
    page: PageRequest,
  ): Promise<Page<ChargingLimitView>>;
  /** The newest of each EVSE and unit that was asked for (command `get-composite-schedule`), by EVSE. */
  compositeSchedules(scope: AccessScope, stationId: string, page: PageRequest): Promise<Page<CompositeScheduleView>>;
  vehiclePlans(
    scope: AccessScope,
    stationId: string,
    filter: {
      readonly evseId?: number | undefined;
      readonly transactionId?: Uuid | undefined;
      readonly kind?: VehiclePlanView['kind'] | undefined;
    },
    page: PageRequest,
  ): Promise<Page<VehiclePlanView>>;
  /**
   * Gives the station a profile (command `set-charging-profile`).
   *
   * @throws as {@link CommandsPort.submit}: what is wrong with the profile is InvalidArgument `command.invalid_payload` with `problems`
   */
  set(
    scope: AccessScope,
    stationId: string,
    payload: CommandPayload<'set-charging-profile'>,
    given: Given,
  ): Promise<CommandView>;
  /** Clears the profiles that match all that is given (command `clear-charging-profile`). */
  clear(
    scope: AccessScope,
    stationId: string,
    payload: CommandPayload<'clear-charging-profile'>,
    given: Given,
  ): Promise<CommandView>;
}
