import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ChargingProfile } from '../contract/commands.ts';
import { checkProfile, type ProfileUse } from './check-profile.ts';
import { readProfileLimits } from './profile-limits.ts';

const AT = '2026-03-01T00:00:00Z';
const LATER = '2026-03-02T00:00:00Z';

type Schedule = ChargingProfile['chargingSchedule'];

function profile(
  more: Partial<Omit<ChargingProfile, 'chargingSchedule'>> = {},
  schedule: Partial<Schedule> = {},
): ChargingProfile {
  return {
    id: 1,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Absolute',
    ...more,
    chargingSchedule: {
      startSchedule: AT,
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
      ...schedule,
    },
  };
}

const SET: ProfileUse = { command: 'set-charging-profile', evseId: 1, namesTransaction: false };
const START: ProfileUse = { command: 'start-transaction', evseId: 1, namesTransaction: false };
const relative = (more: Partial<ChargingProfile> = {}): ChargingProfile =>
  profile({ chargingProfileKind: 'Relative', ...more }, { startSchedule: undefined });
const periods = (...list: Schedule['chargingSchedulePeriod']): ChargingProfile =>
  profile({}, { chargingSchedulePeriod: list });

describe('the check of a charging profile', () => {
  it('lets good profiles pass, for the station and for an EVSE', () => {
    assert.deepEqual(checkProfile(profile(), SET), []);
    assert.deepEqual(checkProfile(profile(), { ...SET, evseId: 0 }), []);
    assert.deepEqual(checkProfile(relative(), SET), []);
    assert.deepEqual(checkProfile(profile({ chargingProfileKind: 'Recurring', recurrencyKind: 'Weekly' }), SET), []);
    assert.deepEqual(
      checkProfile(relative({ chargingProfilePurpose: 'TxProfile' }), { ...SET, namesTransaction: true }),
      [],
    );
    assert.deepEqual(
      checkProfile(relative({ chargingProfilePurpose: 'TxProfile' }), { ...START, evseId: undefined }),
      [],
    );
  });

  it('wants the profile of the station on EVSE 0, and not relative', () => {
    const max = profile({ chargingProfilePurpose: 'ChargingStationMaxProfile' });
    assert.deepEqual(checkProfile(max, { ...SET, evseId: 0 }), []);
    assert.deepEqual(checkProfile(max, SET), ['/evseId must be 0 for a ChargingStationMaxProfile']);
    assert.deepEqual(
      checkProfile(relative({ chargingProfilePurpose: 'ChargingStationMaxProfile' }), { ...SET, evseId: 0 }),
      ['/chargingProfile/chargingProfileKind must not be Relative for a ChargingStationMaxProfile'],
    );
  });

  it('wants a TxProfile on an EVSE, and a transaction with nothing else', () => {
    const tx = relative({ chargingProfilePurpose: 'TxProfile' });
    assert.deepEqual(checkProfile(tx, { ...SET, evseId: 0 }), ['/evseId must be that of an EVSE for a TxProfile']);
    assert.deepEqual(checkProfile(profile(), { ...SET, namesTransaction: true }), [
      '/transactionId is for a TxProfile only',
    ]);
  });

  it('wants a TxProfile without a transaction in a start', () => {
    assert.deepEqual(checkProfile(profile(), START), [
      '/chargingProfile/chargingProfilePurpose must be TxProfile in a start',
    ]);
    assert.deepEqual(
      checkProfile(relative({ chargingProfilePurpose: 'TxProfile' }), { ...START, namesTransaction: true }),
      ['/transactionId cannot be known before the start'],
    );
  });

  it('wants a start of the schedule as the kind has it', () => {
    const start = '/chargingProfile/chargingSchedule/startSchedule';
    assert.deepEqual(checkProfile(profile({}, { startSchedule: undefined }), SET), [
      `${start} is needed for an Absolute profile`,
    ]);
    assert.deepEqual(checkProfile(profile({ chargingProfileKind: 'Recurring' }, { startSchedule: undefined }), SET), [
      '/chargingProfile/recurrencyKind is needed for a Recurring profile',
      `${start} is needed for a Recurring profile`,
    ]);
    assert.deepEqual(checkProfile(profile({ chargingProfileKind: 'Relative' }), SET), [
      `${start} must not be given for a Relative profile`,
    ]);
  });

  it('wants a validity that is longer than nothing', () => {
    assert.deepEqual(checkProfile(profile({ validFrom: AT, validTo: LATER }), SET), []);
    assert.deepEqual(checkProfile(profile({ validFrom: '2026-03-01T01:00:00+01:00', validTo: AT }), SET), [
      '/chargingProfile/validTo must be after validFrom',
    ]);
    assert.deepEqual(checkProfile(profile({ validTo: AT }), SET), []);
  });

  it('wants periods from 0 on, in order, within the duration', () => {
    const list = '/chargingProfile/chargingSchedule/chargingSchedulePeriod';
    assert.deepEqual(checkProfile(periods({ startPeriod: 1, limit: 6 }), SET), [`${list}/0/startPeriod must be 0`]);
    assert.deepEqual(checkProfile(periods(), SET), [`${list}/0/startPeriod must be 0`]);
    const disordered = periods(
      { startPeriod: 0, limit: 6 },
      { startPeriod: 60, limit: 6 },
      { startPeriod: 60, limit: 6 },
      { startPeriod: 30, limit: 6 },
    );
    assert.deepEqual(checkProfile(disordered, SET), [
      `${list}/2/startPeriod must be after the period before`,
      `${list}/3/startPeriod must be after the period before`,
    ]);
    const two = [
      { startPeriod: 0, limit: 6 },
      { startPeriod: 60, limit: 6 },
    ];
    assert.deepEqual(checkProfile(profile({}, { duration: 61, chargingSchedulePeriod: two }), SET), []);
    assert.deepEqual(checkProfile(profile({}, { duration: 60, chargingSchedulePeriod: two }), SET), [
      '/chargingProfile/chargingSchedule/duration must reach beyond the start of the last period',
    ]);
    assert.equal(checkProfile(profile({}, { duration: 0 }), SET).length, 1);
  });

  it('wants limits and phases that OCPP can write', () => {
    const list = '/chargingProfile/chargingSchedule/chargingSchedulePeriod';
    assert.deepEqual(checkProfile(periods({ startPeriod: 0, limit: -1 }), SET), [`${list}/0/limit must be at least 0`]);
    assert.deepEqual(checkProfile(periods({ startPeriod: 0, limit: Number.NaN }), SET), [
      `${list}/0/limit must be at least 0`,
    ]);
    for (const limit of [0.25, 6.05, 1e-7, 1e21]) {
      assert.deepEqual(
        checkProfile(periods({ startPeriod: 0, limit }), SET),
        [`${list}/0/limit must have at most one digit after the point`],
        String(limit),
      );
    }
    assert.deepEqual(checkProfile(profile({}, { minChargingRate: 6.01 }), SET), [
      '/chargingProfile/chargingSchedule/minChargingRate must have at most one digit after the point',
    ]);
    for (const numberPhases of [0, 4, 1.5]) {
      assert.deepEqual(checkProfile(periods({ startPeriod: 0, limit: 6, numberPhases }), SET), [
        `${list}/0/numberPhases must be 1, 2 or 3`,
      ]);
    }
  });

  it('finds every limit with one decimal writable', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (tenths) => {
        assert.deepEqual(checkProfile(periods({ startPeriod: 0, limit: tenths / 10 }), SET), []);
      }),
    );
  });

  it('wants no more than the station takes, where it has told', () => {
    const limits = readProfileLimits({ maxStackLevel: '3', rateUnits: 'Power', maxPeriods: '1' });
    const use = { ...SET, limits };
    const fitting = profile({ stackLevel: 3 }, { chargingRateUnit: 'W' });
    assert.deepEqual(checkProfile(fitting, use), []);
    const list = [
      { startPeriod: 0, limit: 6 },
      { startPeriod: 60, limit: 6 },
    ];
    assert.deepEqual(checkProfile(profile({ stackLevel: 4 }, { chargingSchedulePeriod: list }), use), [
      '/chargingProfile/stackLevel must be at most 3: the station takes no more',
      '/chargingProfile/chargingSchedule/chargingRateUnit must be W: the station takes no other',
      '/chargingProfile/chargingSchedule/chargingSchedulePeriod must have at most 1 periods: the station takes no more',
    ]);
    assert.deepEqual(checkProfile(profile({ stackLevel: -1 }), SET), [
      '/chargingProfile/stackLevel must be at least 0',
    ]);
    assert.deepEqual(checkProfile(profile({ stackLevel: 99 }), SET), []);
  });

  it('reads limits in the words of both versions, and nothing from garbage', () => {
    assert.deepEqual(readProfileLimits({ rateUnits: 'A, W', maxStackLevel: ' 8 ', maxPeriods: '24' }), {
      maxStackLevel: 8,
      rateUnits: ['A', 'W'],
      maxPeriods: 24,
    });
    assert.deepEqual(readProfileLimits({ rateUnits: 'Current,Power' }).rateUnits, ['A', 'W']);
    const unknown = { maxStackLevel: undefined, rateUnits: undefined, maxPeriods: undefined };
    assert.deepEqual(readProfileLimits({}), unknown);
    assert.deepEqual(readProfileLimits({ rateUnits: 'Ampere', maxStackLevel: '-1', maxPeriods: '0' }), unknown);
  });
});
