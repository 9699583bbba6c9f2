import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { misplacedTransaction, noActiveTransaction } from '../charging-profiles/prepare-profile.ts';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { ChargingProfile, CommandClass, StationCommand } from '../contract/commands.ts';
import { type FundsDecision, type FundsRequest, NO_LIMITS } from '../contract/funds-port.ts';
import type { CommandsPort, CommandView } from '../contract/operator-ports.ts';
import type { CommandOutcome, VariableSetResult } from '../contract/station-link.ts';
import { badStationKey } from '../stations/station-key.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { type Admitted, base64, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { transactionNotFound } from '../transactions/transactions-query.ts';
import { idTokenNotAccepted, stationNotAccepted } from './accepted-token.ts';
import { tooManyPending } from './command-runner.ts';
import { commandNotFound } from './commands-service.ts';
import { endOverdueCommands } from './end-overdue.ts';
import { dialectUnknown, invalidPayload, unknownAction } from './interpret-request.ts';
import { isKeyRefused } from './key-refused.ts';
import { transactionUnnamed } from './name-for-station.ts';
import { fundsRefused } from './prepare-command.ts';
import { badTimeout, commandNotPermitted, commandNotSupported } from './submit-command.ts';

const ALL: CommandClass[] = ['operate', 'configure', 'raw-call'];
const PROFILE: ChargingProfile = {
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Relative',
  chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] },
};

describe('commands', () => {
  let bench: CsmsBench;
  let commands: CommandsPort;
  const funds: { decide: (request: FundsRequest) => Promise<FundsDecision>; asked: FundsRequest[] } = {
    decide: async () => ({ outcome: 'refused', reason: 'unavailable' }),
    asked: [],
  };

  before(async () => {
    bench = await createCsmsBench({
      funds: {
        reserve: (request) => {
          funds.asked.push(request);
          return funds.decide(request);
        },
      },
    });
    commands = bench.csms.operatorPorts.commands;
  });
  after(() => bench[Symbol.asyncDispose]());
  afterEach(() => {
    bench.link.executed.length = 0;
    bench.link.answer = async () => ({ status: 'accepted', response: { status: 'Accepted' } });
  });

  const submit = (
    stationId: string,
    action: string,
    payload: unknown = {},
    more: { timeoutSeconds?: number; allowed?: CommandClass[] } = {},
  ): Promise<CommandView> =>
    commands.submit(
      EVERYTHING,
      stationId,
      { action, payload, requestedBy: 'ann@example.com', timeoutSeconds: more.timeoutSeconds },
      more.allowed ?? ALL,
    );
  const finished = async (id: string): Promise<CommandView> => {
    const { tail, read, wait } = { tail: bench.csms.outboxTail, ...bench.csms.operatorPorts.events };
    let last = String(await tail.safeId());
    for (;;) {
      const view = await commands.get(EVERYTHING, id);
      if (view.status !== 'pending') return view;
      await wait(last, 5000);
      last = (await read(EVERYTHING, null, 1)).lastId;
    }
  };
  const start = async (admitted: Admitted, idToken = 'CARD', evseId = 1): Promise<{ ours: string; number: string }> => {
    const at = bench.clock.now();
    const decision = await bench.csms.stationPort.transactionStarted({
      origin: bench.origin(admitted),
      evse: { evseId, connectorId: 1 },
      idToken: { value: idToken },
      timestamp: { text: new Date(at).toISOString(), at: instant(at) },
      meterWh: '0',
      readings: [],
    });
    return { ours: decision.transactionId ?? '', number: decision.stationTransactionId ?? '' };
  };
  const intents = (station: string) =>
    bench.rows(
      'select id_token, channel, status, limits from csms.start_intents where station_id = $1 order by created_at, id',
      [station],
    );

  it('are stored, sent, and tell what came of them', async () => {
    const { station, epoch } = await bench.connect('RESET');
    const answered = Promise.withResolvers<CommandOutcome>();
    bench.link.answer = () => answered.promise;
    const given = await submit('RESET', 'reset-station', { type: 'Immediate' }, { timeoutSeconds: 10 });
    assert.deepEqual(
      { ...given, id: '' },
      {
        id: '',
        stationId: 'RESET',
        action: 'reset-station',
        payload: { type: 'Immediate' },
        status: 'pending',
        response: null,
        requestedBy: 'ann@example.com',
        createdAt: new Date(bench.clock.now()).toISOString(),
        deadline: new Date(bench.clock.now() + 10_000).toISOString(),
        finishedAt: null,
      },
    );
    assert.deepEqual(bench.link.executed, [
      {
        station,
        epoch,
        command: { action: 'reset-station', payload: { type: 'Immediate' } },
        deadline: bench.clock.now() + 10_000,
      },
    ]);
    bench.clock.advance(2000);
    answered.resolve({ status: 'rejected', response: { status: 'Rejected' } });
    const ended = await finished(given.id);
    assert.deepEqual(ended, {
      ...given,
      status: 'rejected',
      response: { status: 'Rejected' },
      finishedAt: new Date(bench.clock.now()).toISOString(),
    });
    const told = (await bench.events()).filter(({ type }) => type.startsWith('command.'));
    assert.deepEqual(
      told.map(({ type, data }) => ({ type, data })),
      [
        { type: 'command.created', data: given },
        { type: 'command.finished', data: ended },
      ],
    );
    const { items } = await commands.list(EVERYTHING, { stationId: 'RESET' }, { limit: 10 });
    assert.deepEqual(items, [ended]);
  });

  it('end at once when the station is offline', async () => {
    await bench.csms.operatorPorts.stations.register(EVERYTHING, { id: 'NEVER', password: null });
    const view = await submit('NEVER', 'clear-cache');
    assert.equal(view.status, 'offline');
    assert.notEqual(view.finishedAt, null);
    const { station, epoch } = await bench.connect('GONE');
    await bench.csms.stationPort.disconnected(station, epoch, 'closed');
    funds.asked.length = 0;
    assert.equal((await submit('GONE', 'start-transaction', { idToken: 'X' })).status, 'offline');
    assert.deepEqual(bench.link.executed, []);
    // Nothing is left behind that could let somebody charge later, and nothing is set aside.
    assert.deepEqual(await intents(station), []);
    assert.deepEqual(funds.asked, []);
    assert.deepEqual(
      (await bench.events())
        .filter(({ stationId }) => stationId === 'GONE')
        .slice(-2)
        .map(({ type }) => type),
      ['command.created', 'command.finished'],
    );
  });

  it('are refused before anything is stored when they cannot be given', async () => {
    await bench.connect('REFUSE', { capabilities: ['clear-cache', 'stop-transaction'] });
    await bench.csms.operatorPorts.stations.register(EVERYTHING, { id: 'UNSEEN', password: null });
    bench.link.reading = { kind: 'unknown-action' };
    await assert.rejects(submit('NOWHERE', 'clear-cache'), stationUnknown.is);
    await assert.rejects(submit('NOWH\u0000RE', 'clear-cache'), stationUnknown.is);
    await assert.rejects(
      commands.submit(
        { kind: 'sites', siteIds: [uuidv7()] },
        'REFUSE',
        { action: 'clear-cache', payload: {}, requestedBy: null },
        ALL,
      ),
      stationUnknown.is,
    );
    await assert.rejects(submit('REFUSE', 'clear-cache', { extra: 1 }), (error) => {
      assert.ok(invalidPayload.is(error));
      assert.deepEqual(error.details.problems, ['/extra There is no such field.']);
      return true;
    });
    await assert.rejects(submit('REFUSE', 'FlyAway'), unknownAction.is);
    await assert.rejects(submit('REFUSE', 'x'.repeat(200)), unknownAction.is);
    await assert.rejects(submit('UNSEEN', 'FlyAway'), dialectUnknown.is);
    await assert.rejects(submit('REFUSE', 'clear-cache', {}, { allowed: ['operate'] }), commandNotPermitted.is);
    await assert.rejects(submit('REFUSE', 'unlock-connector', { evseId: 1 }), commandNotSupported.is);
    for (const timeoutSeconds of [0, 601, Number.NaN]) {
      await assert.rejects(submit('REFUSE', 'clear-cache', {}, { timeoutSeconds }), badTimeout.is);
    }
    await assert.rejects(submit('REFUSE', 'stop-transaction', { transactionId: uuidv7() }), transactionNotFound.is);
    assert.deepEqual((await commands.list(EVERYTHING, { stationId: 'REFUSE' }, { limit: 10 })).items, []);
    await assert.rejects(commands.get(EVERYTHING, uuidv7()), commandNotFound.is);
    await assert.rejects(commands.get(EVERYTHING, 'x'), commandNotFound.is);
    assert.deepEqual((await commands.list(EVERYTHING, { stationId: '\u0000' }, { limit: 10 })).items, []);
  });

  it('are limited in number for each station, and only while they wait', async () => {
    await bench.connect('BUSY');
    const answered = Promise.withResolvers<CommandOutcome>();
    bench.link.answer = () => answered.promise;
    const given = await Promise.all(Array.from({ length: 16 }, () => submit('BUSY', 'clear-cache')));
    await assert.rejects(submit('BUSY', 'clear-cache'), tooManyPending.is);
    await bench.connect('IDLE');
    await submit('IDLE', 'clear-cache');
    answered.resolve({ status: 'accepted', response: {} });
    for (const { id } of given) assert.equal((await finished(id)).status, 'accepted');
    for (;;) {
      try {
        await submit('BUSY', 'clear-cache');
        break;
      } catch (error) {
        assert.ok(tooManyPending.is(error));
      }
    }
    const page = await commands.list(EVERYTHING, { stationId: 'BUSY' }, { limit: 10 });
    const rest = await commands.list(EVERYTHING, { stationId: 'BUSY' }, { limit: 10, cursor: page.nextCursor ?? '' });
    assert.equal(new Set([...page.items, ...rest.items].map(({ id }) => id)).size, 17);
  });

  it('of the station’s own kind follow the rules of their neutral twins', async () => {
    await bench.connect('OWN');
    const command: StationCommand = { action: 'reset-station', payload: { type: 'Immediate' } };
    bench.link.reading = { kind: 'command', command };
    const given = await submit('OWN', 'Reset', { type: 'Hard' }, { allowed: ['operate'] });
    assert.deepEqual([given.action, given.payload], ['Reset', { type: 'Hard' }]);
    assert.deepEqual(bench.link.executed[0]?.command, command);

    const raw: StationCommand = { action: 'raw-call', payload: { action: 'DataTransfer', payload: { vendorId: 'V' } } };
    bench.link.reading = { kind: 'raw', command: raw };
    await assert.rejects(
      submit('OWN', 'DataTransfer', {}, { allowed: ['operate', 'configure'] }),
      commandNotPermitted.is,
    );
    await submit('OWN', 'DataTransfer', { vendorId: 'V' });
    assert.deepEqual(bench.link.executed[1]?.command, raw);

    bench.link.reading = { kind: 'invalid', problems: ['/type must be Hard or Soft'] };
    await assert.rejects(submit('OWN', 'Reset', {}), (error) => {
      assert.ok(invalidPayload.is(error));
      assert.deepEqual(error.details.problems, ['/type must be Hard or Soft']);
      return true;
    });
  });

  it('that stop name the station’s number of our transaction', async () => {
    const admitted = await bench.connect('STOP');
    const other = await bench.connect('OTHER');
    const { ours, number } = await start(admitted);
    const theirs = await start(other);
    await submit('STOP', 'stop-transaction', { transactionId: ours });
    assert.deepEqual(bench.link.executed.pop()?.command, {
      action: 'stop-transaction',
      payload: { transactionId: ours },
      stationTransactionId: number,
    });
    await assert.rejects(submit('STOP', 'stop-transaction', { transactionId: theirs.ours }), transactionNotFound.is);
    await assert.rejects(submit('STOP', 'stop-transaction', { transactionId: 'x' }), transactionNotFound.is);

    // In the dialect's own words only the number is there. One that we do not know is sent all the same.
    for (const [stationTransactionId, transactionId] of [
      [number, ours],
      ['4711', ''],
    ] as const) {
      bench.link.reading = {
        kind: 'command',
        command: { action: 'stop-transaction', payload: { transactionId: '' }, stationTransactionId },
      };
      await submit('STOP', 'RemoteStopTransaction', { transactionId: Number(stationTransactionId) });
      assert.deepEqual(bench.link.executed.pop()?.command, {
        action: 'stop-transaction',
        payload: { transactionId },
        stationTransactionId,
      });
    }
  });

  it('that are about a transaction need the name that its station has given', async () => {
    const admitted = await bench.connect('NAMES');
    const begin = async (stationTransactionId: string | undefined, evseId: number): Promise<string> => {
      const at = bench.clock.now();
      const { transactionId } = await bench.csms.stationPort.transactionStarted({
        origin: bench.origin(admitted),
        ...(stationTransactionId === undefined ? {} : { stationTransactionId }),
        sequence: { number: 0, digest: `start at ${evseId}` },
        evse: { evseId, connectorId: 1 },
        timestamp: { text: new Date(at).toISOString(), at: instant(at) },
        readings: [],
      });
      return transactionId ?? '';
    };
    // Longer than its protocol allows: it goes back as it came.
    const long = 'x'.repeat(300);
    await submit('NAMES', 'stop-transaction', { transactionId: await begin(long, 1) });
    const { command } = bench.link.executed.pop() ?? {};
    assert.equal(command !== undefined && 'stationTransactionId' in command && command.stationTransactionId, long);

    for (const [name, evseId] of [[undefined, 2] as const, ['y'.repeat(5000), 3] as const]) {
      const transactionId = await begin(name, evseId);
      await assert.rejects(submit('NAMES', 'stop-transaction', { transactionId }), transactionUnnamed.is);
      await assert.rejects(submit('NAMES', 'get-transaction-status', { transactionId }), transactionUnnamed.is);
      const profile = { evseId, chargingProfile: PROFILE };
      await assert.rejects(submit('NAMES', 'set-charging-profile', profile), transactionUnnamed.is);
      await assert.rejects(
        submit('NAMES', 'set-charging-profile', { ...profile, transactionId }),
        transactionUnnamed.is,
      );
    }
    assert.deepEqual(bench.link.executed, []);
    assert.equal((await commands.list(EVERYTHING, { stationId: 'NAMES' }, { limit: 10 })).items.length, 1);
  });

  it('that ask about a transaction name it by the station’s number', async () => {
    const admitted = await bench.connect('STATUS');
    const theirs = await start(await bench.connect('STATUS2'));
    const { ours, number } = await start(admitted);
    await submit('STATUS', 'get-transaction-status', { transactionId: ours });
    await submit('STATUS', 'get-transaction-status');
    // In the station's own words, one that we do not know is asked about all the same.
    bench.link.reading = {
      kind: 'command',
      command: { action: 'get-transaction-status', payload: { transactionId: '' }, stationTransactionId: 'tx-9' },
    };
    await submit('STATUS', 'GetTransactionStatus', { transactionId: 'tx-9' });
    assert.deepEqual(
      bench.link.executed.map(({ command }) => command),
      [
        { action: 'get-transaction-status', payload: { transactionId: ours }, stationTransactionId: number },
        { action: 'get-transaction-status', payload: {} },
        { action: 'get-transaction-status', payload: { transactionId: '' }, stationTransactionId: 'tx-9' },
      ],
    );
    for (const transactionId of [theirs.ours, uuidv7(), 'x']) {
      await assert.rejects(submit('STATUS', 'get-transaction-status', { transactionId }), transactionNotFound.is);
    }
  });

  it('that set a TxProfile name the running transaction', async () => {
    const admitted = await bench.connect('PROFILE');
    const set = (payload: object) => submit('PROFILE', 'set-charging-profile', payload);
    await assert.rejects(set({ evseId: 1, chargingProfile: PROFILE }), noActiveTransaction.is);
    const { ours, number } = await start(admitted);
    const second = await start(admitted, 'CARD2', 2);
    await set({ evseId: 1, chargingProfile: PROFILE });
    await set({ evseId: 2, chargingProfile: PROFILE, transactionId: second.ours });
    await set({ evseId: 1, chargingProfile: { ...PROFILE, chargingProfilePurpose: 'TxDefaultProfile' } });
    assert.deepEqual(
      bench.link.executed.map(({ command }) =>
        'stationTransactionId' in command ? command.stationTransactionId : null,
      ),
      [number, second.number, null],
    );
    const misplaced = { ...PROFILE, chargingProfilePurpose: 'TxDefaultProfile' };
    await assert.rejects(set({ evseId: 1, chargingProfile: misplaced, transactionId: ours }), misplacedTransaction.is);
    await assert.rejects(set({ evseId: 1, chargingProfile: PROFILE, transactionId: uuidv7() }), transactionNotFound.is);
    bench.link.reading = {
      kind: 'command',
      command: {
        action: 'set-charging-profile',
        payload: { evseId: 1, chargingProfile: PROFILE },
        stationTransactionId: '99',
      },
    };
    await submit('PROFILE', 'SetChargingProfile', {});
    const last = bench.link.executed.at(-1)?.command;
    assert.equal(last !== undefined && 'stationTransactionId' in last && last.stationTransactionId, '99');
  });

  describe('that start', () => {
    it('vouch for a token that nobody registered', async () => {
      const admitted = await bench.connect('START');
      funds.decide = async () => ({ outcome: 'granted', limits: NO_LIMITS });
      const given = await submit('START', 'start-transaction', { idToken: 'Guest', evseId: 1 });
      await finished(given.id);
      assert.deepEqual(await intents(admitted.station), [
        {
          id_token: 'guest',
          channel: 'app',
          status: 'pending',
          limits: { energyMilliWh: null, amount: null, until: null },
        },
      ]);
      const at = bench.clock.now();
      const decision = await bench.csms.stationPort.transactionStarted({
        origin: bench.origin(admitted),
        evse: { evseId: 1, connectorId: 1 },
        idToken: { value: 'GUEST' },
        timestamp: { text: '', at },
        meterWh: '0',
        readings: [],
      });
      assert.equal(decision.idTokenInfo?.status, 'Accepted');
      assert.equal((await intents(admitted.station))[0]?.status, 'started');
    });

    it('have a number by which the station names them, and the registered type of the token', async () => {
      const { station } = await bench.connect('NUMBER');
      const { idTokens } = bench.csms.operatorPorts;
      await idTokens.create(EVERYTHING, { idToken: 'EMAID', type: 'eMAID' });
      funds.decide = async () => ({ outcome: 'granted', limits: NO_LIMITS });
      const sentFor = async (action: string, payload: unknown) => {
        await finished((await submit('NUMBER', action, payload)).id);
        const command = bench.link.executed.pop()?.command;
        assert(command?.action === 'start-transaction');
        const [intent] = await bench.rows(
          "select dialect_ref from csms.start_intents where station_id = $1 and id_token = $2 and status = 'pending'",
          [station, command.payload.idToken.toLowerCase()],
        );
        return { ...command, ref: intent?.dialect_ref };
      };
      const registered = await sentFor('start-transaction', { idToken: 'emaid', evseId: 1 });
      assert.equal(registered.payload.idTokenType, 'eMAID');
      assert.ok(Number.isInteger(registered.remoteStartId) && (registered.remoteStartId ?? 0) > 0);
      assert.equal(registered.ref, String(registered.remoteStartId));

      const named = await sentFor('start-transaction', { idToken: 'emaid', evseId: 1, idTokenType: 'ISO14443' });
      assert.equal(named.payload.idTokenType, 'ISO14443');
      // The waiting intent has been replaced, its number with it.
      assert.notEqual(named.ref, registered.ref);
      assert.equal(named.ref, String(named.remoteStartId));

      assert.equal((await sentFor('start-transaction', { idToken: 'GUEST2' })).payload.idTokenType, undefined);

      // A number that the caller has chosen, in the station's own words, is kept.
      bench.link.reading = {
        kind: 'command',
        command: { action: 'start-transaction', payload: { idToken: 'OWNREF' }, remoteStartId: 4711 },
      };
      const own = await sentFor('RequestStartTransaction', {});
      assert.deepEqual([own.remoteStartId, own.ref], [4711, '4711']);
    });

    it('may be told the name that their charge will bear, which then finds the token', async () => {
      const admitted = await bench.connect('NAMED-START');
      const { station } = admitted;
      funds.decide = async () => ({ outcome: 'granted', limits: NO_LIMITS });
      await finished((await submit('NAMED-START', 'start-transaction', { idToken: 'App-User', evseId: 1 })).id);
      const command = bench.link.executed.pop()?.command;
      assert(command?.action === 'start-transaction');
      const stationTransactionId = '32010600019236012603011200000001';
      const naming = { station, remoteStartId: command.remoteStartId ?? 0, stationTransactionId };
      await bench.csms.stationPort.startNamed(naming);
      // Told again, and about a command that nobody gave, it changes nothing.
      await bench.csms.stationPort.startNamed(naming);
      await bench.csms.stationPort.startNamed({ ...naming, remoteStartId: 1 });
      const at = bench.clock.now();
      const decision = await bench.csms.stationPort.transactionStarted({
        origin: bench.origin(admitted),
        stationTransactionId,
        sequence: { number: 0, digest: 'first' },
        namedByUs: true,
        provisional: true,
        evse: { evseId: 1, connectorId: 1 },
        timestamp: { text: new Date(at).toISOString(), at },
        readings: [],
      });
      assert.equal(decision.idTokenInfo?.status, 'Accepted');
      const [transaction] = await bench.rows('select display_id_token from csms.transactions where station_id = $1', [
        station,
      ]);
      assert.equal(transaction?.display_id_token, 'App-User');
    });

    it('leave one intent for each EVSE that feeds the vehicle, with the name of its charge', async () => {
      const admitted = await bench.connect('PARALLEL-START');
      const { station } = admitted;
      const limits = { energyMilliWh: null, amount: { amount: '50.00', currency: 'CNY' }, until: null };
      funds.decide = async () => ({ outcome: 'granted', limits });
      const start = async () => {
        await finished((await submit('PARALLEL-START', 'start-transaction', { idToken: 'Driver', evseId: 1 })).id);
        const command = bench.link.executed.pop()?.command;
        assert(command?.action === 'start-transaction');
        assert.deepEqual(command.spendingLimit, { amount: '50.00', currency: 'CNY' });
        return command.remoteStartId ?? 0;
      };
      const stored = () =>
        bench.rows(
          `select evse_id, id_token, display_id_token, channel, dialect_ref, parallel_group, limits, status, refusal, expires_at
           from csms.start_intents where station_id = $1 order by created_at, evse_id`,
          [station],
        );
      const naming = {
        station,
        remoteStartId: await start(),
        stationTransactionId: 'A1',
        parallelGroup: '260301120000',
        parallel: [{ evseId: 2, stationTransactionId: 'A2' }],
      };
      await bench.csms.stationPort.startNamed(naming);
      const first = await stored();
      await bench.csms.stationPort.startNamed(naming);
      assert.deepEqual(await stored(), first);
      const common = {
        id_token: 'driver',
        display_id_token: 'Driver',
        channel: 'app',
        parallel_group: '260301120000',
        limits,
        status: 'pending',
        refusal: null,
        expires_at: first[0]?.expires_at,
      };
      assert.deepEqual(first, [
        { ...common, evse_id: 1, dialect_ref: 'A1' },
        { ...common, evse_id: 2, dialect_ref: 'A2' },
      ]);

      // Given once more, the old names are void, and known all the same. Where the dialect names no group, the first charge does.
      bench.clock.advance(1000);
      const { parallelGroup: _, ...again } = { ...naming, remoteStartId: await start(), stationTransactionId: 'B1' };
      await bench.csms.stationPort.startNamed({ ...again, parallel: [{ evseId: 2, stationTransactionId: 'B2' }] });
      assert.deepEqual(
        (await stored()).map((each) => [each.dialect_ref, each.parallel_group, each.status, each.refusal]),
        [
          ['A1', '260301120000', 'refused', 'replaced'],
          ['A2', '260301120000', 'refused', 'replaced'],
          ['B1', 'B1', 'pending', null],
          ['B2', 'B1', 'pending', null],
        ],
      );
      const report = (name: string, evseId: number) => ({
        origin: bench.origin(admitted),
        stationTransactionId: name,
        sequence: { number: 0, digest: name },
        namedByUs: true as const,
        provisional: true as const,
        evse: { evseId, connectorId: 1 },
        timestamp: { text: '', at: bench.clock.now() },
        readings: [],
      });
      const answers = [];
      for (const [name, evseId] of [
        ['B1', 1],
        ['B2', 2],
        ['A2', 2],
        ['C1', 1],
      ] as const) {
        const { idTokenInfo, nameUnknown } = await bench.csms.stationPort.transactionStarted(report(name, evseId));
        answers.push([idTokenInfo?.status, nameUnknown]);
      }
      assert.deepEqual(answers, [
        ['Accepted', undefined],
        ['Accepted', undefined],
        ['Invalid', undefined],
        [undefined, true],
      ]);
      const { items } = await bench.csms.operatorPorts.transactions.list(
        EVERYTHING,
        { parallelGroup: 'B1' },
        { limit: 10 },
      );
      assert.deepEqual(
        items.map(({ stationTransactionId, parallelGroup, idToken }) => [stationTransactionId, parallelGroup, idToken]),
        [
          ['B2', 'B1', 'Driver'],
          ['B1', 'B1', 'Driver'],
        ],
      );
    });

    it('leave no intent for any EVSE when they fail', async () => {
      const { station } = await bench.connect('PARALLEL-FAIL');
      funds.decide = async () => ({ outcome: 'granted', limits: NO_LIMITS });
      bench.link.answer = async (command) => {
        assert(command.action === 'start-transaction' && command.spendingLimit === undefined);
        await bench.csms.stationPort.startNamed({
          station,
          remoteStartId: command.remoteStartId ?? 0,
          stationTransactionId: 'P1',
          parallel: [
            { evseId: 2, stationTransactionId: 'P2' },
            // The EVSE of the command itself is no further one.
            { evseId: 1, stationTransactionId: 'P3' },
          ],
        });
        return { status: 'rejected', response: {} };
      };
      await finished((await submit('PARALLEL-FAIL', 'start-transaction', { idToken: 'X', evseId: 1 })).id);
      assert.deepEqual(
        (await intents(station)).map(({ status }) => status),
        ['refused', 'refused'],
      );
    });

    it('replace the intent of an earlier one, and leave none when they fail', async () => {
      const { station } = await bench.connect('AGAIN');
      await finished((await submit('AGAIN', 'start-transaction', { idToken: 'X' })).id);
      assert.deepEqual(
        (await intents(station)).map(({ status }) => status),
        ['pending'],
      );
      bench.link.answer = async () => ({ status: 'rejected', response: { status: 'Rejected' } });
      await finished((await submit('AGAIN', 'start-transaction', { idToken: 'x' })).id);
      assert.deepEqual(
        (await intents(station)).map(({ status }) => status),
        ['refused', 'refused'],
      );
      // One that was not answered may have been heard.
      bench.link.answer = async () => ({ status: 'timeout', response: null });
      await finished((await submit('AGAIN', 'start-transaction', { idToken: 'x' })).id);
      assert.deepEqual(
        (await intents(station)).map(({ status }) => status),
        ['refused', 'refused', 'expired'],
      );
    });

    it('are refused for tokens that may not charge', async () => {
      await bench.connect('TOKENS');
      const { idTokens } = bench.csms.operatorPorts;
      await idTokens.create(EVERYTHING, { idToken: 'BLOCKED', status: 'Blocked' });
      await idTokens.create(EVERYTHING, { idToken: 'OVER', expiresAt: '2020-01-01T00:00:00Z' });
      await idTokens.create(EVERYTHING, { idToken: 'FINE', expiresAt: '2030-01-01T00:00:00Z', accountRef: 'acc' });
      for (const [idToken, status] of [
        ['blocked', 'Blocked'],
        ['OVER', 'Expired'],
      ]) {
        await assert.rejects(submit('TOKENS', 'start-transaction', { idToken }), (error) => {
          assert.ok(idTokenNotAccepted.is(error));
          assert.equal(error.details.status, status);
          return true;
        });
      }
      funds.asked.length = 0;
      assert.equal((await submit('TOKENS', 'start-transaction', { idToken: 'fine' })).status, 'pending');
      const [request] = funds.asked;
      assert.deepEqual([request?.accountRef, request?.channel, request?.stationId], ['acc', 'app', 'TOKENS']);
    });

    it('are refused at stations that are not accepted', async () => {
      await bench.connect('PENDING');
      await bench.csms.operatorPorts.stations.update(EVERYTHING, 'PENDING', { registrationStatus: 'Pending' });
      await assert.rejects(submit('PENDING', 'start-transaction', { idToken: 'X' }), stationNotAccepted.is);
    });

    it('ask for funds, and fall back to the site’s policy', async () => {
      const { station } = await bench.connect('FUNDS');
      const site = (await bench.csms.operatorPorts.stations.get(EVERYTHING, 'FUNDS')).siteId;
      const limits = { energyMilliWh: 5_000_000, amount: { amount: '10.00', currency: 'EUR' }, until: null };
      funds.decide = async () => ({ outcome: 'granted', limits });
      await finished((await submit('FUNDS', 'start-transaction', { idToken: 'A' })).id);
      assert.deepEqual((await intents(station))[0]?.limits, limits);
      funds.decide = async () => ({ outcome: 'refused', reason: 'no-credit' });
      await assert.rejects(submit('FUNDS', 'start-transaction', { idToken: 'B' }), fundsRefused.is);
      funds.decide = () => Promise.reject(new Error('billing is away'));
      assert.equal((await submit('FUNDS', 'start-transaction', { idToken: 'C' })).status, 'pending');
      await bench.csms.operatorPorts.sites.updateSite(EVERYTHING, site, { fundsFallback: 'refuse' });
      await assert.rejects(submit('FUNDS', 'start-transaction', { idToken: 'D' }), fundsRefused.is);
      await bench.csms.operatorPorts.sites.updateSite(EVERYTHING, site, { fundsFallback: 'allow' });
    });
  });

  describe('that set the station’s key', () => {
    const OLD = 'the old password!';
    const NEW = '00112233445566778899aabbccddeeff00112233';
    const login = async (id: string, password: string | Buffer): Promise<string> =>
      (await bench.admit(id, { passwordBase64: base64(password) })).outcome;
    const connectWithKey = async (id: string): Promise<void> => {
      await bench.csms.operatorPorts.stations.register(EVERYTHING, { id, password: OLD });
      assert.equal(await login(id, OLD), 'admitted');
    };
    const setKey = (id: string, value: string, ...others: object[]) =>
      submit(id, 'set-variables', { variables: [{ variable: 'AuthorizationKey', value }, ...others] });

    it('keep both keys good until the new one is used', async () => {
      await connectWithKey('ROTATE');
      const given = await setKey('ROTATE', NEW);
      await finished(given.id);
      assert.equal(await login('ROTATE', OLD), 'admitted');
      assert.equal(await login('ROTATE', Buffer.from(NEW, 'hex')), 'admitted');
      assert.equal(await login('ROTATE', OLD), 'wrong-credentials');
      assert.equal(await login('ROTATE', NEW), 'admitted');
      // The key itself went to the station, and nowhere else.
      const { command } = bench.link.executed[0] ?? {};
      assert.deepEqual(command?.payload, { variables: [{ variable: 'AuthorizationKey', value: NEW }] });
      const kept = JSON.stringify([await bench.rows('select * from csms.commands'), await bench.events(), given]);
      assert.ok(!kept.includes(NEW) && kept.includes('***'));
    });

    it('forget the new key when the station did not take it', async () => {
      await connectWithKey('KEEP');
      bench.link.answer = async () => ({ status: 'rejected', response: { status: 'Rejected' } });
      const { id } = await setKey('KEEP', NEW);
      await finished(id);
      while (
        (await bench.rows(`select 1 from csms.stations where identity = 'KEEP' and next_key_hash is not null`)).length >
        0
      );
      assert.equal(await login('KEEP', NEW), 'wrong-credentials');
      assert.equal(await login('KEEP', OLD), 'admitted');
    });

    it('keep the new key while it is not known whether the station took it', async () => {
      await connectWithKey('PERHAPS');
      bench.link.answer = async () => ({ status: 'timeout', response: { error: 'timeout', message: '' } });
      await finished((await setKey('PERHAPS', NEW)).id);
      assert.equal(await login('PERHAPS', NEW), 'admitted');
    });

    describe('of 2.0.1 (SecurityCtrlr.BasicAuthPassword)', () => {
      const PASSWORD = 'A text, 16 to 40 characters';
      const SECURITY = { name: 'SecurityCtrlr' };
      const set = (id: string, value: string) =>
        submit(id, 'set-variables', {
          variables: [
            { component: SECURITY, variable: 'BasicAuthPassword', value },
            { component: { name: 'OCPPCommCtrlr' }, variable: 'HeartbeatInterval', value: '60' },
          ],
        });
      /** What a gateway makes of SetVariablesResponse: the password's status, and Accepted for the other one. */
      const answers = (status: VariableSetResult['status']): CommandOutcome => {
        const results = [
          { component: SECURITY, variable: { name: 'BasicAuthPassword' }, attributeStatus: status },
          {
            component: { name: 'OCPPCommCtrlr' },
            variable: { name: 'HeartbeatInterval' },
            attributeStatus: 'Accepted' as const,
          },
        ];
        return {
          status: status === 'Accepted' ? 'accepted' : 'rejected',
          response: { setVariableResult: results },
          facts: {
            kind: 'variables-set',
            results: results.map(({ component, variable, attributeStatus }) => ({
              component,
              variable,
              attributeType: 'Actual' as const,
              value: '60',
              status: attributeStatus,
            })),
          },
        };
      };
      const nextKeys = async (id: string): Promise<number> =>
        (await bench.rows('select 1 from csms.stations where identity = $1 and next_key_hash is not null', [id]))
          .length;

      it('rule 24: both open the door until the station comes in with the new one', async () => {
        await connectWithKey('ROTATE201');
        bench.link.answer = async () => answers('Accepted');
        await finished((await set('ROTATE201', PASSWORD)).id);
        assert.equal(await login('ROTATE201', OLD), 'admitted');
        assert.equal(await login('ROTATE201', PASSWORD), 'admitted');
        assert.equal(await login('ROTATE201', OLD), 'wrong-credentials');
        assert.equal(await login('ROTATE201', PASSWORD), 'admitted');
      });

      it('rule 24: a refusal of the password keeps the old one, whatever else was accepted', async () => {
        for (const status of ['Rejected', 'UnknownVariable'] as const) {
          const id = `KEEP-${status}`;
          await connectWithKey(id);
          bench.link.answer = async () => answers(status);
          await finished((await set(id, PASSWORD)).id);
          while ((await nextKeys(id)) > 0);
          assert.equal(await login(id, PASSWORD), 'wrong-credentials');
          assert.equal(await login(id, OLD), 'admitted');
        }
      });

      it('rule 24: a password that counts from the next restart on is taken', async () => {
        await connectWithKey('REBOOT');
        bench.link.answer = async () => answers('RebootRequired');
        await finished((await set('REBOOT', PASSWORD)).id);
        assert.equal(await nextKeys('REBOOT'), 1);
        assert.equal(await login('REBOOT', PASSWORD), 'admitted');
      });

      it('rule 23: the password is the text itself, in the case in which it was set', async () => {
        await connectWithKey('TEXT');
        bench.link.answer = async () => answers('Accepted');
        await finished((await set('TEXT', PASSWORD)).id);
        assert.equal(await login('TEXT', PASSWORD.toLowerCase()), 'wrong-credentials');
        assert.equal(await login('TEXT', PASSWORD), 'admitted');
        await assert.rejects(set('TEXT', 'x'.repeat(41)), badStationKey.is);
        await assert.rejects(set('TEXT', 'x'.repeat(15)), badStationKey.is);
      });
    });

    it('are refused with a key that is too short', async () => {
      await connectWithKey('SHORT');
      await assert.rejects(setKey('SHORT', 'short'), badStationKey.is);
    });

    it('know a certain refusal from a possible one', () => {
      const command = (...variables: string[]): StationCommand => ({
        action: 'set-variables',
        payload: { variables: variables.map((variable) => ({ variable, value: 'x' })) },
      });
      const refused = (asked: StationCommand, status: CommandOutcome['status']) =>
        isKeyRefused(asked, { status, response: null });
      assert.equal(refused(command('AuthorizationKey'), 'failed'), true);
      assert.equal(refused(command('AuthorizationKey'), 'unknown'), false);
      assert.equal(refused(command('AuthorizationKey', 'Other'), 'rejected'), false);
      assert.equal(refused(command('AuthorizationKey', 'Other'), 'offline'), true);

      const told = (status: CommandOutcome['status'], results: [string, VariableSetResult['status']][]) =>
        isKeyRefused(command('BasicAuthPassword', 'Other'), {
          status,
          response: null,
          facts: {
            kind: 'variables-set',
            results: results.map(([name, each]) => ({
              component: { name: 'SecurityCtrlr' },
              variable: { name },
              attributeType: 'Actual',
              value: 'x',
              status: each,
            })),
          },
        });
      assert.equal(told('rejected', [['basicauthpassword', 'Rejected']]), true);
      assert.equal(
        told('rejected', [
          ['BasicAuthPassword', 'Accepted'],
          ['Other', 'Rejected'],
        ]),
        false,
      );
      assert.equal(told('accepted', [['BasicAuthPassword', 'RebootRequired']]), false);
      // An answer that makes no sense is no refusal: the station may have taken the key.
      for (const status of ['failed', 'rejected', 'timeout'] as const) assert.equal(told(status, []), false);
    });
  });

  it('keep secrets out of answers and long answers out of events', async () => {
    await bench.connect('ANSWERS');
    bench.link.answer = async () => ({
      status: 'accepted',
      response: {
        configurationKey: [
          { key: 'AuthorizationKey', value: 'leaked' },
          { key: 'Long', value: 'x'.repeat(20_000) },
        ],
      },
    });
    const { id } = await submit('ANSWERS', 'get-variables');
    const view = await finished(id);
    assert.ok(!JSON.stringify(view).includes('leaked'));
    assert.ok(JSON.stringify(view).length > 20_000);
    const event = (await bench.events()).at(-1);
    assert.deepEqual([event?.data.response, event?.data.responseOmitted], [null, true]);
    bench.link.answer = async () => ({ status: 'accepted', response: 'x'.repeat(1_100_000) });
    const huge = await finished((await submit('ANSWERS', 'get-variables')).id);
    assert.equal((huge.response as { error: string }).error, 'response-too-long');
  });

  it('end as unknown when the gateway breaks its word', async () => {
    await bench.connect('BROKEN');
    bench.link.answer = () => Promise.reject(new Error('bug'));
    assert.equal((await finished((await submit('BROKEN', 'clear-cache')).id)).status, 'unknown');
  });

  it('end as unknown when the process that sent them has died', async () => {
    const { station } = await bench.connect('DIED');
    const hanging = Promise.withResolvers<CommandOutcome>();
    bench.link.answer = () => hanging.promise;
    const given = await submit('DIED', 'start-transaction', { idToken: 'X' }, { timeoutSeconds: 1 });
    const events = { count: 0 };
    const dependencies = {
      knex: bench.test.knex,
      clock: bench.clock,
      logger: { warn: () => {} } as never,
      onEvents: () => {
        events.count += 1;
      },
    };
    bench.clock.advance(15_000);
    assert.equal(await endOverdueCommands(dependencies), 0);
    bench.clock.advance(5000);
    assert.equal(await endOverdueCommands(dependencies), 1);
    assert.equal(events.count, 1);
    assert.equal((await commands.get(EVERYTHING, given.id)).status, 'unknown');
    assert.deepEqual(
      (await intents(station)).map(({ status }) => status),
      ['expired'],
    );
    // An answer that comes after all changes nothing any more.
    hanging.resolve({ status: 'accepted', response: {} });
    const job = bench.csms.jobs.find(({ name }) => name === 'csms.end-overdue-commands');
    await job?.run(new AbortController().signal);
    assert.equal((await commands.get(EVERYTHING, given.id)).status, 'unknown');
  });

  it('still under way do not keep the service from stopping', async () => {
    await using own = await createCsmsBench();
    await own.connect('SLOW');
    own.link.answer = async () => ({ status: 'accepted', response: {} });
    const slow = Promise.withResolvers<CommandOutcome>();
    own.link.answer = () => slow.promise;
    const given = await own.csms.operatorPorts.commands.submit(
      EVERYTHING,
      'SLOW',
      { action: 'clear-cache', payload: {}, requestedBy: null },
      ALL,
    );
    const stopped = own.csms.stop();
    slow.resolve({ status: 'accepted', response: {} });
    await stopped;
    assert.equal((await own.csms.operatorPorts.commands.get(EVERYTHING, given.id)).status, 'accepted');
  });
});
