import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { badCursor } from '@voltpile/platform/database/keyset-page';
import { invalidPayload } from '../commands/interpret-request.ts';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { ChargingProfilesPort, ChargingProfileView } from '../contract/charging-profiles-port.ts';
import type { ChargingProfile, CommandClass } from '../contract/commands.ts';
import type { CommandView } from '../contract/operator-ports.ts';
import type { CommandFacts, CommandOutcome } from '../contract/station-link.ts';
import { FLAT_COMPONENT, type ReportedChargingProfile } from '../contract/station-port.ts';
import { forgetSmartCharging } from '../persistence/smart-charging-retention.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { transactionNotFound } from '../transactions/transactions-query.ts';
import { endDueProfiles } from './end-due.ts';
import { noActiveTransaction, transactionEnded } from './prepare-profile.ts';

const ALL: CommandClass[] = ['operate', 'configure'];
const ANN = { requestedBy: 'ann@example.com' };
const AT = '2026-03-01T00:00:00Z';
const DAY_MS = 24 * 60 * 60_000;

function profile(more: Partial<ChargingProfile> = {}): ChargingProfile {
  const isRelative = more.chargingProfileKind === 'Relative';
  return {
    id: 1,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Absolute',
    chargingSchedule: {
      ...(isRelative ? {} : { startSchedule: AT }),
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
    },
    ...more,
  };
}
const tx = (more: Partial<ChargingProfile> = {}): ChargingProfile =>
  profile({ chargingProfilePurpose: 'TxProfile', chargingProfileKind: 'Relative', ...more });
const reported = (id: number, more: object = {}): ReportedChargingProfile => ({
  id,
  stackLevel: 0,
  chargingProfilePurpose: 'TxDefaultProfile',
  chargingProfileKind: 'Absolute',
  chargingSchedule: [],
  ...more,
});

describe('smart charging', () => {
  let bench: CsmsBench;
  let port: ChargingProfilesPort;

  before(async () => {
    bench = await createCsmsBench();
    port = bench.csms.operatorPorts.chargingProfiles;
  });
  after(() => bench[Symbol.asyncDispose]());
  beforeEach(() => {
    bench.link.executed.length = 0;
    bench.link.answer = async () => ({ status: 'accepted', response: { status: 'Accepted' } });
  });

  const finished = async (view: CommandView): Promise<CommandView> => {
    const { wait, read } = bench.csms.operatorPorts.events;
    let last = (await read(EVERYTHING, null, 1)).lastId;
    for (;;) {
      const now = await bench.csms.operatorPorts.commands.get(EVERYTHING, view.id);
      if (now.status !== 'pending') return now;
      await wait(last, 5000);
      last = (await read(EVERYTHING, null, 1)).lastId;
    }
  };
  const set = async (stationId: string, evseId: number, chargingProfile: ChargingProfile, transactionId?: string) =>
    finished(await port.set(EVERYTHING, stationId, { evseId, chargingProfile, transactionId }, ANN));
  const submit = async (stationId: string, action: string, payload: object): Promise<CommandView> =>
    finished(await bench.csms.operatorPorts.commands.submit(EVERYTHING, stationId, { action, payload, ...ANN }, ALL));
  const profiles = async (
    stationId: string,
    filter: Parameters<ChargingProfilesPort['profiles']>[2] = {},
  ): Promise<ChargingProfileView[]> => (await port.profiles(EVERYTHING, stationId, filter, { limit: 50 })).items;
  const ids = async (stationId: string, filter: Parameters<ChargingProfilesPort['profiles']>[2] = {}) =>
    (await profiles(stationId, filter)).map(({ chargingProfileId }) => chargingProfileId);
  const gone = async (stationId: string) =>
    (await profiles(stationId, { history: true })).map(({ chargingProfileId, clearReason }) => [
      chargingProfileId,
      clearReason,
    ]);
  const now = (): string => new Date(bench.clock.now()).toISOString();
  const told = async (type: string, stationId: string) =>
    (await bench.events()).filter((event) => event.type === type && event.stationId === stationId);
  const start = async (admitted: Admitted, evseId = 1, idToken = 'CARD') => {
    const decision = await bench.csms.stationPort.transactionStarted({
      origin: bench.origin(admitted),
      evse: { evseId, connectorId: 1 },
      idToken: { value: idToken },
      timestamp: { text: now(), at: instant(bench.clock.now()) },
      meterWh: '0',
      readings: [],
    });
    return { id: decision.transactionId ?? '', number: decision.stationTransactionId ?? '' };
  };
  const stop = (admitted: Admitted, number: string) =>
    bench.csms.stationPort.transactionEnded({
      origin: bench.origin(admitted),
      stationTransactionId: number,
      timestamp: { text: now(), at: instant(bench.clock.now()) },
      meterWh: '1',
      readings: [],
    });

  describe('profiles that are set', () => {
    it('are known when the station has taken them, in the shape of 2.0.1', async () => {
      await bench.connect('SET');
      const command = await set('SET', 1, profile({ id: 7, stackLevel: 2 }));
      assert.deepEqual([command.action, command.status], ['set-charging-profile', 'accepted']);
      const [known] = await profiles('SET');
      assert.deepEqual(
        { ...known, id: '' },
        {
          id: '',
          stationId: 'SET',
          evseId: 1,
          source: 'CSO',
          chargingProfileId: 7,
          chargingProfilePurpose: 'TxDefaultProfile',
          stackLevel: 2,
          chargingProfile: {
            id: 7,
            stackLevel: 2,
            chargingProfilePurpose: 'TxDefaultProfile',
            chargingProfileKind: 'Absolute',
            chargingSchedule: [
              {
                id: 7,
                startSchedule: AT,
                chargingRateUnit: 'A',
                chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
              },
            ],
          },
          transactionId: null,
          setAt: now(),
          reportedAt: null,
          clearedAt: null,
          clearReason: null,
        },
      );
      bench.link.answer = async () => ({ status: 'rejected', response: { status: 'Rejected' } });
      await set('SET', 1, profile({ id: 8 }));
      assert.deepEqual(await ids('SET'), [7]);
    });

    it('take the place of the same id, and of the same purpose, level and EVSE', async () => {
      await bench.connect('REPLACE');
      await set('REPLACE', 1, profile({ id: 1 }));
      await set('REPLACE', 2, profile({ id: 2 }));
      await set('REPLACE', 1, profile({ id: 3, stackLevel: 1 }));
      await set('REPLACE', 0, profile({ id: 4, chargingProfilePurpose: 'ChargingStationMaxProfile' }));
      assert.deepEqual(await ids('REPLACE'), [4, 3, 2, 1]);
      await set('REPLACE', 1, profile({ id: 5 }));
      await set('REPLACE', 1, profile({ id: 2, stackLevel: 5 }));
      assert.deepEqual(await ids('REPLACE'), [2, 5, 4, 3]);
      assert.deepEqual(await gone('REPLACE'), [
        [2, null],
        [5, null],
        [4, null],
        [3, null],
        [2, 'replaced'],
        [1, 'replaced'],
      ]);
    });

    it('are refused before they are sent when something is wrong', async () => {
      const admitted = await bench.connect('CHECK');
      const wrong = profile({ chargingProfileKind: 'Recurring' });
      await assert.rejects(set('CHECK', 1, wrong), (error) => {
        assert.ok(invalidPayload.is(error));
        assert.deepEqual(error.details.problems, ['/chargingProfile/recurrencyKind is needed for a Recurring profile']);
        return true;
      });
      await assert.rejects(set('CHECK', 1, tx()), noActiveTransaction.is);
      await assert.rejects(set('CHECK', 1, tx(), uuidv7()), transactionNotFound.is);
      await assert.rejects(
        submit('CHECK', 'start-transaction', { idToken: 'X', chargingProfile: profile() }),
        invalidPayload.is,
      );
      const { id, number } = await start(admitted);
      await assert.rejects(set('CHECK', 2, tx(), id), (error) => {
        assert.ok(invalidPayload.is(error));
        assert.deepEqual(error.details.problems, ['/evseId must be 1, where the transaction runs']);
        return true;
      });
      await stop(admitted, number);
      await assert.rejects(set('CHECK', 1, tx(), id), transactionEnded.is);
      assert.deepEqual(bench.link.executed, []);
    });

    it('are held to what the station has told about itself, in the words of either version', async () => {
      const problems = async (stationId: string, given: ChargingProfile): Promise<unknown> => {
        try {
          await set(stationId, 1, given);
          return [];
        } catch (error) {
          assert.ok(invalidPayload.is(error));
          return error.details.problems;
        }
      };
      const tell = async (stationId: string, component: string, values: Record<string, string>): Promise<void> => {
        const admitted = await bench.connect(stationId);
        await bench.csms.stationPort.deviceReported({
          origin: bench.origin(admitted),
          part: {
            requestId: 1,
            sequenceNumber: 0,
            generatedAt: { text: now(), at: instant(bench.clock.now()) },
            toBeContinued: false,
          },
          variables: Object.entries(values).map(([name, value]) => ({
            component: { name: component },
            variable: { name },
            attributes: [{ type: 'Actual', value }],
          })),
        });
      };
      await tell('TOLD-2', 'SmartChargingCtrlr', { ProfileStackLevel: '1', RateUnit: 'W', PeriodsPerSchedule: '2' });
      await tell('TOLD-1', FLAT_COMPONENT, {
        ChargeProfileMaxStackLevel: '1',
        ChargingScheduleAllowedChargingRateUnit: 'Power',
        ChargingScheduleMaxPeriods: '2',
      });
      for (const stationId of ['TOLD-1', 'TOLD-2']) {
        assert.deepEqual(await problems(stationId, profile({ stackLevel: 2 })), [
          '/chargingProfile/stackLevel must be at most 1: the station takes no more',
          '/chargingProfile/chargingSchedule/chargingRateUnit must be W: the station takes no other',
        ]);
        const { chargingSchedule } = profile();
        const fitting = profile({ chargingSchedule: { ...chargingSchedule, chargingRateUnit: 'W' } });
        assert.deepEqual(await problems(stationId, fitting), []);
      }
    });

    it('for a transaction end with it', async () => {
      const admitted = await bench.connect('TX');
      const { id, number } = await start(admitted);
      await set('TX', 1, tx({ id: 1 }));
      await set('TX', 1, profile({ id: 2 }));
      const [, first] = await profiles('TX');
      assert.deepEqual([first?.transactionId, first?.chargingProfile.transactionId], [id, number]);
      assert.deepEqual(await ids('TX', { transactionId: id }), [1]);
      bench.clock.advance(60_000);
      await stop(admitted, number);
      // At once in lists, and then in the rows.
      assert.deepEqual(await ids('TX'), [2]);
      const shown = await profiles('TX', { history: true });
      assert.deepEqual([shown[1]?.clearReason, shown[1]?.clearedAt], ['transaction-ended', now()]);
      await endDueProfiles(bench.test.knex);
      assert.deepEqual(await profiles('TX', { history: true }), shown);
      const rows = await bench.rows(
        'select profile_id, clear_reason from csms.charging_profiles where transaction_id = $1',
        [id],
      );
      assert.deepEqual(rows, [{ profile_id: 1, clear_reason: 'transaction-ended' }]);
    });

    it('with a start belong to the transaction that it leads to, or are over with the start', async () => {
      const admitted = await bench.connect('START');
      const payload = { evseId: 1, idToken: 'APP', chargingProfile: tx({ id: 9 }) };
      await submit('START', 'start-transaction', payload);
      const [waiting] = await profiles('START');
      assert.deepEqual([waiting?.chargingProfileId, waiting?.transactionId, waiting?.clearedAt], [9, null, null]);
      const { id, number } = await start(admitted, 1, 'APP');
      assert.equal((await profiles('START'))[0]?.transactionId, id);
      await stop(admitted, number);
      await endDueProfiles(bench.test.knex);
      assert.deepEqual(await gone('START'), [[9, 'transaction-ended']]);

      await submit('START', 'start-transaction', { ...payload, chargingProfile: tx({ id: 10 }) });
      assert.deepEqual(await ids('START'), [10]);
      await bench.rows(
        `update csms.start_intents set status = 'expired' where id_token = 'app' and status = 'pending'`,
      );
      assert.deepEqual(await ids('START'), []);
      await endDueProfiles(bench.test.knex);
      assert.deepEqual((await gone('START'))[0], [10, 'not-started']);
    });
  });

  describe('profiles that are cleared', () => {
    it('are those that match, by the station’s answer', async () => {
      await bench.connect('CLEAR');
      const clear = async (payload: Parameters<ChargingProfilesPort['clear']>[2]) =>
        finished(await port.clear(EVERYTHING, 'CLEAR', payload, ANN));
      for (const [id, evseId, stackLevel] of [
        [1, 1, 0],
        [2, 1, 1],
        [3, 2, 0],
        [4, 2, 1],
      ] as const) {
        await set('CLEAR', evseId, profile({ id, stackLevel }));
      }
      await clear({ chargingProfileId: 3 });
      assert.deepEqual(await ids('CLEAR'), [4, 2, 1]);
      bench.link.answer = async () => ({ status: 'timeout', response: null });
      await clear({});
      assert.deepEqual(await ids('CLEAR'), [4, 2, 1]);
      bench.link.answer = async () => ({ status: 'rejected', response: { status: 'Unknown' } });
      await clear({ evseId: 1, stackLevel: 1 });
      assert.deepEqual(await ids('CLEAR'), [4, 1]);
      bench.link.answer = async () => ({ status: 'accepted', response: { status: 'Accepted' } });
      await clear({ chargingProfilePurpose: 'TxProfile' });
      assert.deepEqual(await ids('CLEAR'), [4, 1]);
      await clear({});
      assert.deepEqual(await gone('CLEAR'), [
        [4, 'cleared'],
        [3, 'cleared'],
        [2, 'unknown-to-station'],
        [1, 'cleared'],
      ]);
    });
  });

  describe('profiles that the station reports', () => {
    const report = (
      admitted: Admitted,
      requestId: number,
      list: readonly ReportedChargingProfile[],
      more: { source?: string; evseId?: number; toBeContinued?: boolean } = {},
    ) =>
      bench.csms.stationPort.chargingProfilesReported({
        origin: bench.origin(admitted),
        requestId,
        evseId: 1,
        source: 'CSO',
        toBeContinued: false,
        profiles: list,
        ...more,
      });

    it('confirm ours, add others, and end what they leave out', async () => {
      const admitted = await bench.connect('REPORT');
      for (const [id, evseId] of [
        [1, 1],
        [2, 2],
        [3, 3],
      ] as const) {
        await set('REPORT', evseId, profile({ id }));
      }
      bench.clock.advance(1000);
      const setAt = new Date(bench.clock.now() - 1000).toISOString();
      await submit('REPORT', 'get-charging-profiles', { requestId: 70 });
      // Set while the report is under way: not in it, and there.
      await set('REPORT', 4, profile({ id: 4 }));
      bench.clock.advance(1000);
      await report(admitted, 70, [reported(1, { validTo: AT })], { toBeContinued: true });
      await report(admitted, 70, [reported(2, { transactionId: 'tx-unknown' })], { evseId: 2, toBeContinued: true });
      assert.deepEqual(await ids('REPORT'), [4, 3, 2, 1]);
      const external = reported(1, { chargingProfilePurpose: 'ChargingStationExternalConstraints' });
      await report(admitted, 70, [external], { evseId: 0, source: 'SO' });
      assert.deepEqual(await ids('REPORT'), [1, 4, 2, 1]);
      assert.deepEqual(await ids('REPORT', { source: 'SO', chargingProfilePurpose: 'TxDefaultProfile' }), []);
      const [so, , , ours] = await profiles('REPORT');
      assert.deepEqual([so?.source, so?.evseId, so?.setAt, so?.reportedAt], ['SO', 0, null, now()]);
      assert.deepEqual([ours?.setAt, ours?.reportedAt, ours?.chargingProfile.validTo], [setAt, now(), AT]);
      assert.deepEqual(
        (await gone('REPORT')).filter(([, reason]) => reason !== null),
        [[3, 'not-reported']],
      );

      // The same parts again change nothing.
      const before = await profiles('REPORT', { history: true });
      await report(admitted, 70, [external], { evseId: 0, source: 'SO' });
      await report(admitted, 70, [reported(1, { validTo: AT })], { toBeContinued: true });
      assert.deepEqual(await profiles('REPORT', { history: true }), before);
      const events = await told('charging-profiles.reported', 'REPORT');
      const { receivedAt: _, ...first } = events[0]?.data ?? {};
      assert.deepEqual(first, {
        requestId: 70,
        evseId: 1,
        source: 'CSO',
        toBeContinued: true,
        chargingProfileIds: [1],
        flags: [],
      });
    });

    it('end only what they were asked about', async () => {
      const admitted = await bench.connect('PART');
      await set('PART', 1, profile({ id: 1 }));
      await set('PART', 2, profile({ id: 2 }));
      await set('PART', 2, profile({ id: 3, stackLevel: 3 }));
      bench.clock.advance(1000);
      await submit('PART', 'get-charging-profiles', { requestId: 71, evseId: 2, stackLevel: 3 });
      await report(admitted, 71, []);
      assert.deepEqual(await ids('PART'), [2, 1]);
      // Nobody has asked.
      await report(admitted, 99, [reported(8)]);
      assert.deepEqual(await ids('PART'), [8, 2, 1]);
      // The number is used once more.
      bench.clock.advance(1000);
      await submit('PART', 'get-charging-profiles', { requestId: 99 });
      await report(admitted, 99, [reported(1), reported(1)]);
      assert.deepEqual(await ids('PART'), [1]);
    });

    it('are none when the station says so', async () => {
      await bench.connect('NONE');
      await set('NONE', 1, profile({ id: 1 }));
      bench.clock.advance(1000);
      const answer = (facts?: CommandFacts): CommandOutcome => ({ status: 'accepted', response: {}, facts });
      bench.link.answer = async () => answer();
      await submit('NONE', 'get-charging-profiles', { chargingProfileIds: [1] });
      assert.deepEqual(await ids('NONE'), [1]);
      bench.link.answer = async () => answer({ kind: 'report-empty' });
      await submit('NONE', 'get-charging-profiles', { chargingProfileIds: [2], chargingLimitSource: ['CSO'] });
      assert.deepEqual(await ids('NONE'), [1]);
      await submit('NONE', 'get-charging-profiles', { chargingProfileIds: [1], chargingLimitSource: ['CSO'] });
      assert.deepEqual(await gone('NONE'), [[1, 'not-reported']]);
    });

    it('are kept however odd they are', async () => {
      const admitted = await bench.connect('ODD');
      await report(admitted, 1, [
        { id: 1, chargingProfilePurpose: 5, stackLevel: 'x', transactionId: 5 } as never,
        { id: 2, chargingProfilePurpose: 'x'.repeat(80), stackLevel: -1, extra: '\u0000' },
        { id: -1 },
        { id: 2 ** 40 },
      ]);
      const known = await profiles('ODD');
      assert.deepEqual(
        known.map(({ chargingProfileId: id, chargingProfilePurpose, stackLevel }) => [
          id,
          chargingProfilePurpose.length,
          stackLevel,
        ]),
        [
          [2, 50, null],
          [1, 7, null],
        ],
      );
      assert.equal(known[0]?.chargingProfile.extra, '\ufffd');
    });
  });

  describe('limits of others', () => {
    const limit = (admitted: Admitted, more: object) =>
      bench.csms.stationPort.chargingLimitChanged({
        origin: bench.origin(admitted),
        source: 'SO',
        cleared: false,
        ...more,
      });
    const limits = async (stationId: string, filter: Parameters<ChargingProfilesPort['limits']>[2] = {}) =>
      (await port.limits(EVERYTHING, stationId, filter, { limit: 50 })).items;

    it('hold until they are cleared or replaced, and stay as history', async () => {
      const admitted = await bench.connect('LIMIT');
      const schedules = [{ id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5000 }] }];
      await limit(admitted, { gridCritical: true, schedules });
      const [first] = await limits('LIMIT');
      assert.deepEqual(
        { ...first, id: '' },
        {
          id: '',
          stationId: 'LIMIT',
          evseId: null,
          source: 'SO',
          gridCritical: true,
          schedules,
          setAt: now(),
          reportedAt: now(),
          clearedAt: null,
          flags: [],
        },
      );
      assert.deepEqual(
        (await told('charging-limit.changed', 'LIMIT')).map(({ data }) => data),
        [first],
      );
      // Told again it is no news.
      bench.clock.advance(1000);
      await limit(admitted, { evseId: 0, gridCritical: true, schedules });
      assert.equal((await limits('LIMIT')).length, 1);
      assert.deepEqual((await limits('LIMIT'))[0]?.reportedAt, now());
      assert.equal((await told('charging-limit.changed', 'LIMIT')).length, 1);

      await limit(admitted, { evseId: 1 });
      await limit(admitted, { evseId: 1, source: 'EMS' });
      await limit(admitted, { gridCritical: false });
      const holding = async () => (await limits('LIMIT')).map(({ source, evseId }) => `${source} ${evseId}`);
      assert.deepEqual(await holding(), ['SO null', 'EMS 1', 'SO 1']);
      assert.equal((await limits('LIMIT', { evseId: 0 })).length, 1);
      assert.equal((await limits('LIMIT', { evseId: 1, source: 'EMS' })).length, 1);
      await limit(admitted, { evseId: 1, source: 'EMS', cleared: true });
      assert.deepEqual(await holding(), ['SO null', 'SO 1']);
      // Without an EVSE all of that source is over.
      await limit(admitted, { cleared: true });
      assert.deepEqual(await holding(), []);
      await limit(admitted, { cleared: true });
      assert.equal((await limits('LIMIT', { history: true })).length, 4);
      assert.equal((await told('charging-limit.changed', 'LIMIT')).length, 7);
    });

    it('whose beginning nobody has told are kept at their end', async () => {
      const admitted = await bench.connect('UNSEEN');
      await limit(admitted, { cleared: true, source: 'x'.repeat(60) });
      await limit(admitted, { cleared: true, source: 'x'.repeat(60) });
      const [kept, ...others] = await limits('UNSEEN', { history: true });
      assert.deepEqual(
        [kept?.source.length, kept?.flags, kept?.clearedAt],
        [50, ['limit-unseen', 'text-cut:source'], now()],
      );
      assert.deepEqual(others, []);
    });
  });

  describe('what cars say', () => {
    it('is kept with the transaction that runs, and answered honestly', async () => {
      const admitted = await bench.connect('CAR');
      const origin = bench.origin(admitted);
      const { id } = await start(admitted, 1);
      const needs = { requestedEnergyTransfer: 'DC', departureTime: AT };
      const station = bench.csms.stationPort;
      assert.deepEqual(await station.chargingNeedsReported({ origin, evseId: 1, maxScheduleTuples: 3, needs }), {
        status: 'rejected',
      });
      const timeBase = { text: AT, at: instant(Date.parse(AT)) };
      const schedule = { id: 1, chargingRateUnit: 'W' };
      assert.deepEqual(await station.chargingScheduleReported({ origin, evseId: 1, timeBase, schedule }), {
        status: 'accepted',
      });
      await station.chargingScheduleReported({ origin, evseId: 1, timeBase, schedule });
      await station.chargingNeedsReported({ origin, evseId: 2, needs });
      await station.chargingScheduleReported({ origin, evseId: 2, timeBase: { text: 'soon', at: null }, schedule });
      const plans = async (filter: Parameters<ChargingProfilesPort['vehiclePlans']>[2]) =>
        (await port.vehiclePlans(EVERYTHING, 'CAR', filter, { limit: 50 })).items.map(
          ({ id: _, stationId: __, receivedAt: ___, flags: ____, ...plan }) => plan,
        );
      const [second, first] = await plans({ evseId: 1 });
      assert.deepEqual(first, {
        evseId: 1,
        transactionId: id,
        kind: 'needs',
        detail: { maxScheduleTuples: 3, needs },
      });
      assert.deepEqual(second, {
        evseId: 1,
        transactionId: id,
        kind: 'schedule',
        detail: { timeBase: '2026-03-01T00:00:00.000Z', schedule },
      });
      assert.deepEqual(await plans({ evseId: 2, kind: 'schedule' }), [
        { evseId: 2, transactionId: null, kind: 'schedule', detail: { timeBase: 'soon', schedule } },
      ]);
      assert.equal((await plans({ transactionId: id })).length, 2);
      assert.equal((await told('charging-needs.reported', 'CAR')).length, 2);
      assert.equal((await told('charging-schedule.reported', 'CAR'))[0]?.data.transactionId, id);
      // Later it is another car that needs the same.
      bench.clock.advance(11 * 60_000);
      await station.chargingNeedsReported({ origin: bench.origin(admitted), evseId: 2, needs });
      assert.equal((await plans({ evseId: 2, kind: 'needs' })).length, 2);
    });
  });

  describe('composite schedules', () => {
    it('are kept as the newest of each EVSE and unit', async () => {
      await bench.connect('COMPOSITE');
      const ask = async (evseId: number, facts: CommandFacts, more: object = {}) => {
        bench.link.answer = async () => ({ status: 'accepted', response: {}, facts });
        return submit('COMPOSITE', 'get-composite-schedule', { evseId, durationSeconds: 60, ...more });
      };
      const schedule = (chargingRateUnit: unknown, duration: number): CommandFacts => ({
        kind: 'composite-schedule',
        schedule: { evseId: 1, duration, chargingRateUnit },
      });
      await ask(1, schedule('W', 1));
      const newest = await ask(1, schedule('W', 2));
      await ask(1, schedule('A', 3));
      await ask(0, schedule(undefined, 4), { chargingRateUnit: 'A' });
      await ask(2, { kind: 'composite-schedule', schedule: null });
      const page = (limit: number, cursor?: string) =>
        port.compositeSchedules(EVERYTHING, 'COMPOSITE', { limit, cursor });
      const { items } = await page(10);
      assert.deepEqual(
        items.map(({ evseId, chargingRateUnit, schedule: { duration } }) => [evseId, chargingRateUnit, duration]),
        [
          [0, 'A', 4],
          [1, 'A', 3],
          [1, 'W', 2],
        ],
      );
      assert.deepEqual([items[2]?.commandId, items[2]?.receivedAt], [newest.id, now()]);
      const first = await page(2);
      assert.deepEqual((await page(2, first.nextCursor ?? '')).items, items.slice(2));
    });
  });

  it('shows nothing of stations outside the scope, or before they moved there', async () => {
    const admitted = await bench.connect('SCOPE');
    await set('SCOPE', 1, profile());
    const nobody = { kind: 'organizations', organizationIds: [uuidv7()] } as const;
    const page = { limit: 10 };
    await assert.rejects(port.profiles(nobody, 'SCOPE', {}, page), stationUnknown.is);
    await assert.rejects(port.limits(nobody, 'SCOPE', {}, page), stationUnknown.is);
    await assert.rejects(port.compositeSchedules(nobody, 'SCOPE', page), stationUnknown.is);
    await assert.rejects(port.vehiclePlans(nobody, 'SCOPE', {}, page), stationUnknown.is);
    await assert.rejects(port.set(nobody, 'SCOPE', { evseId: 1, chargingProfile: profile() }, ANN), stationUnknown.is);
    await assert.rejects(port.profiles(EVERYTHING, 'a\u0000', {}, page), stationUnknown.is);
    await assert.rejects(port.profiles(EVERYTHING, 'SCOPE', {}, { ...page, cursor: 'x' }), badCursor.is);
    const site = await bench.csms.operatorPorts.sites.createSite(EVERYTHING, { name: 'Elsewhere' });
    await bench.csms.operatorPorts.stations.update(EVERYTHING, 'SCOPE', { siteId: site.id });
    const there = { kind: 'sites', siteIds: [site.id] } as const;
    assert.deepEqual((await port.profiles(there, 'SCOPE', {}, page)).items, []);
    await bench.csms.stationPort.chargingLimitChanged({ origin: bench.origin(admitted), source: 'SO', cleared: false });
    assert.equal((await port.limits(there, 'SCOPE', {}, page)).items.length, 1);
    const unknown = { station: uuidv7(), epoch: 1 };
    await assert.rejects(
      bench.csms.stationPort.chargingLimitChanged({ origin: bench.origin(unknown), source: 'SO', cleared: false }),
      stationUnknown.is,
    );
  });

  it('forgets what was over long ago, and nothing that holds', async () => {
    await bench.connect('FORGET');
    await set('FORGET', 1, profile({ id: 1 }));
    await set('FORGET', 1, profile({ id: 2 }));
    const later = (days: number): Instant => instant(bench.clock.now() + days * DAY_MS);
    await forgetSmartCharging(bench.test.knex, later(29));
    assert.equal((await gone('FORGET')).length, 2);
    assert.ok((await forgetSmartCharging(bench.test.knex, later(400))) > 0);
    assert.deepEqual(await gone('FORGET'), [[2, null]]);
    assert.deepEqual(await bench.rows('select * from csms.vehicle_plans'), []);
    assert.equal(await forgetSmartCharging(bench.test.knex, later(400)), 0);
  });
});
