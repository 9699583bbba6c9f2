import type { Knex } from 'knex';
import type { EndedCommand, OutcomeFollower } from '../commands/outcome-follower.ts';
import type { ChargingProfile } from '../contract/commands.ts';
import { clearProfiles, completeProfileRequest, storeSetProfile } from '../persistence/charging-profiles-repository.ts';
import { findTransactionByNumber } from '../persistence/commands-repository.ts';
import { storeCompositeSchedule } from '../persistence/composite-schedules-repository.ts';
import { lockStation, type StationPlace } from '../persistence/station-lock.ts';
import { criteriaOf, toChargingProfileType } from './profile-view.ts';

/**
 * Stores what a station's answer says about its profiles: taken, cleared, none there; or what they allow together. The command's own events
 * tell of it.
 */
export const followProfileOutcome: OutcomeFollower = async (trx, ended) => {
  const follow = followerOf(ended);
  if (follow === undefined) return [];
  const place = await lockStation(trx, ended.station);
  if (place !== undefined) await follow(trx, place);
  return [];
};

type Follow = (trx: Knex, place: StationPlace) => Promise<unknown>;

function followerOf(ended: EndedCommand): Follow | undefined {
  const { command, outcome, commandId, finishedAt } = ended;
  const accepted = outcome.status === 'accepted';
  const rejected = outcome.status === 'rejected';
  switch (command.action) {
    case 'set-charging-profile': {
      if (!accepted) return undefined;
      const { payload, stationTransactionId } = command;
      return async (trx, place) => {
        const transactionId =
          stationTransactionId === undefined
            ? undefined
            : await findTransactionByNumber(trx, place.station, stationTransactionId);
        await storeSetProfile(trx, place, {
          ...factsOf(payload.chargingProfile, stationTransactionId),
          evseId: payload.evseId,
          transactionId: transactionId ?? null,
          startCommandId: null,
          setAt: finishedAt,
        });
      };
    }
    case 'start-transaction': {
      const { chargingProfile, evseId } = command.payload;
      if (!accepted || chargingProfile === undefined) return undefined;
      return (trx, place) =>
        storeSetProfile(trx, place, {
          ...factsOf(chargingProfile, undefined),
          evseId: evseId ?? null,
          transactionId: null,
          startCommandId: commandId,
          setAt: finishedAt,
        });
    }
    case 'clear-charging-profile': {
      // Rejected says that nothing matches (OCPP 2.0.1 K10; 1.6 §6.14: Unknown).
      if (!accepted && !rejected) return undefined;
      const cleared = { at: finishedAt, reason: accepted ? 'cleared' : 'unknown-to-station' } as const;
      return (trx, { station }) => clearProfiles(trx, station, criteriaOf(command), cleared);
    }
    case 'get-charging-profiles': {
      // When there are some, they come by themselves (OCPP 2.0.1 K09).
      const { requestId } = command.payload;
      const isNone = outcome.facts?.kind === 'report-empty';
      if (!isNone || requestId === undefined) return undefined;
      return async (trx, { station }) => {
        const request = await completeProfileRequest(trx, station, requestId, finishedAt);
        if (request === undefined) return;
        const except = { requestId, requestedAt: request.requestedAt };
        await clearProfiles(trx, station, request.criteria, { at: finishedAt, reason: 'not-reported' }, except);
      };
    }
    case 'get-composite-schedule': {
      const { facts } = outcome;
      if (facts?.kind !== 'composite-schedule' || facts.schedule === null) return undefined;
      const { schedule } = facts;
      const { chargingRateUnit } = schedule;
      const { evseId, chargingRateUnit: asked } = command.payload;
      // What is no unit is kept as it came, under the unit that was asked for.
      const unit = chargingRateUnit === 'W' || chargingRateUnit === 'A' ? chargingRateUnit : (asked ?? 'Unknown');
      const told = { evseId, schedule, commandId, receivedAt: finishedAt };
      return (trx, place) => storeCompositeSchedule(trx, place, { ...told, chargingRateUnit: unit });
    }
    default:
      return undefined;
  }
}

function factsOf(profile: ChargingProfile, stationTransactionId: string | undefined) {
  return {
    profileId: profile.id,
    purpose: profile.chargingProfilePurpose,
    stackLevel: profile.stackLevel,
    profile: toChargingProfileType(profile, stationTransactionId),
  };
}
