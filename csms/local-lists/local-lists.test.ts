import assert from 'node:assert/strict';
import { jsonPort } from '@voltpile/platform/ports/json-port';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { type AccessScope, EVERYTHING } from '../contract/access-scope.ts';
import type { StationCommand } from '../contract/commands.ts';
import type { StationKey } from '../contract/ids.ts';
import type { LocalListsPort, LocalListView } from '../contract/local-lists-port.ts';
import type { IdTokensPort } from '../contract/operator-ports.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import { type Csms, createCsms } from '../service.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { type Admitted, type CsmsBench, createCsmsBench, SECRET } from '../testing/csms-bench.ts';
import { applyMessage, type ListEntry, type ListMessage } from './list-entries.ts';
import { invalidPolicy } from './list-policy.ts';
import { listBaseUnknown, listNotSupported, listOff } from './local-lists-service.ts';

const ANSWERED = { status: 'accepted', response: {} } as const;

/** What the stations of the bench hold; answers lists and questions as OCPP says, unless told otherwise. */
class Stations {
  readonly lists = new Map<StationKey, { version: number; entries: ListEntry[] }>();
  readonly sent: ListMessage[] = [];
  /** Takes over the answer to the next message. */
  next: ((message: ListMessage, take: () => CommandOutcome) => CommandOutcome | Promise<CommandOutcome>) | undefined;
  versionTold: number | undefined;

  of(station: StationKey): { version: number; entries: ListEntry[] } {
    const list = this.lists.get(station) ?? { version: 0, entries: [] };
    this.lists.set(station, list);
    return list;
  }

  async answer(station: StationKey, command: StationCommand): Promise<CommandOutcome> {
    const list = this.of(station);
    if (command.action === 'get-local-list-version') {
      const versionNumber = this.versionTold ?? list.version;
      return { ...ANSWERED, facts: { kind: 'local-list-version', versionNumber } };
    }
    if (command.action !== 'send-local-list') return ANSWERED;
    const message = command.payload;
    this.sent.push(message);
    const take = (): CommandOutcome => {
      if (message.updateType === 'Differential' && message.versionNumber <= list.version) {
        return { status: 'rejected', response: {}, facts: { kind: 'local-list-sent', status: 'version-mismatch' } };
      }
      list.entries = applyMessage(list.entries, message);
      list.version = message.versionNumber;
      return { ...ANSWERED, facts: { kind: 'local-list-sent', status: 'accepted' } };
    };
    const next = this.next;
    this.next = undefined;
    return next === undefined ? take() : next(message, take);
  }
}

describe('local lists of stations', () => {
  let bench: CsmsBench;
  let tokens: IdTokensPort;
  let lists: LocalListsPort;
  let stations: Stations;
  let scope: AccessScope;
  let station: Admitted;
  let id: string;
  let siteId: string;
  let counter = 0;

  before(async () => {
    bench = await createCsmsBench();
    tokens = bench.csms.operatorPorts.idTokens;
    lists = jsonPort(bench.csms.operatorPorts.localLists);
    bench.link.execute = (at, _epoch, command) => stations.answer(at, command);
  });
  after(() => bench[Symbol.asyncDispose]());

  beforeEach(async () => {
    const { sites } = bench.csms.operatorPorts;
    stations = new Stations();
    id = `CP${++counter}`;
    const organization = await sites.createOrganization(EVERYTHING, {
      name: id,
      countryCode: null,
      partyId: null,
      operatorId: null,
    });
    scope = { kind: 'organizations', organizationIds: [organization.id] };
    siteId = (await sites.createSite(scope, { name: id })).id;
    await bench.csms.operatorPorts.stations.register(scope, { id, password: null, siteId });
    station = (await bench.admit(id)) as Admitted;
    assert.equal(station.outcome, 'admitted');
  });

  const add = async (...names: string[]): Promise<void> => {
    for (const idToken of names) await tokens.create(scope, { idToken });
  };
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `T${100 + index}`);
  const runJob = async (csms: Csms = bench.csms): Promise<void> => {
    const job = csms.jobs.find(({ name }) => name === 'csms.keep-local-lists-in-step');
    await job?.run(new AbortController().signal);
  };
  /** Waits for what goes on by itself. */
  const until = async (status: LocalListView['status'], csms: Csms = bench.csms): Promise<LocalListView> => {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const { lastId } = await csms.operatorPorts.events.read(EVERYTHING, null, 1);
      const list = await csms.operatorPorts.localLists.get(scope, id);
      if (list.status === status) return list;
      await csms.operatorPorts.events.wait(lastId, 100);
    }
    throw new Error(`the list did not become ${status}: ${JSON.stringify(await lists.get(scope, id))}`);
  };
  const held = (): string[] =>
    stations
      .of(station.station)
      .entries.map(({ idToken }) => idToken)
      .sort();
  const inStep = async (count = 3): Promise<void> => {
    await add(...names(count));
    await lists.setPolicy(scope, id, { kind: 'all' });
    await until('in-step');
    stations.sent.length = 0;
  };
  const changes = async (): Promise<Record<string, unknown>[]> =>
    (await bench.events())
      .filter(({ type, stationId }) => type === 'local-list.changed' && stationId === id)
      .map(({ data }) => data);

  it('are left alone where nothing else is said', async () => {
    await add('A');
    await runJob();
    const list = await lists.get(scope, id);
    assert.deepEqual(
      [list.policy, list.policySource, list.status, list.confirmedVersion, list.wantedVersion, list.wantedEntryCount],
      [{ kind: 'off' }, 'site', 'unknown', null, null, null],
    );
    await assert.rejects(lists.sync(scope, id, { requestedBy: null }), listOff.is);
    assert.deepEqual(stations.sent, []);
  });

  it('are sent in parts that fit, with versions that count up', async () => {
    stations.of(station.station).version = 4000;
    await add(...names(45));
    const begun = await lists.setPolicy(scope, id, { kind: 'all' });
    assert.deepEqual([begun.status, begun.policySource, begun.wantedEntryCount], ['pending', 'station', 45]);
    const list = await until('in-step');
    assert.deepEqual(
      stations.sent.map((each) => [each.versionNumber, each.updateType, each.localAuthorizationList?.length]),
      [
        [4001, 'Full', 20],
        [4002, 'Differential', 20],
        [4003, 'Differential', 5],
      ],
    );
    assert.deepEqual(held(), names(45));
    assert.deepEqual([list.confirmedVersion, list.wantedVersion, list.entryCount], [4003, 4003, 45]);
    const first = await lists.entries(scope, id, { limit: 40 });
    const rest = await lists.entries(scope, id, { limit: 40, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ idToken }) => idToken),
      names(45),
    );
    assert.deepEqual(first.items[0], {
      idToken: 'T100',
      type: 'ISO14443',
      status: 'Accepted',
      groupIdToken: null,
      expiresAt: null,
    });
    assert.deepEqual(
      (await changes()).map(({ status, confirmedVersion }) => [status, confirmedVersion]),
      [
        ['pending', null],
        ['in-step', 4003],
      ],
    );
  });

  it('keep to the limits that a station has told', async () => {
    const tell = (component: string, name: string, value: string, maxLimit?: string) => ({
      component: { name: component },
      variable: { name },
      attributes: [{ type: 'Actual' as const, value }],
      ...(maxLimit === undefined
        ? {}
        : { characteristics: { dataType: 'integer', maxLimit, supportsMonitoring: false } }),
    });
    await bench.csms.stationPort.deviceReported({
      origin: bench.origin(station),
      part: { requestId: 1, sequenceNumber: 0, generatedAt: { text: '', at: null }, toBeContinued: false },
      variables: [
        tell('LocalAuthListCtrlr', 'ItemsPerMessage', '2'),
        tell('LocalAuthListCtrlr', 'BytesPerMessage', 'many'),
        tell('LocalAuthListCtrlr', 'Entries', '0', '5.0'),
      ],
    });
    await add(...names(7));
    await lists.setPolicy(scope, id, { kind: 'all' });
    const list = await until('in-step');
    assert.deepEqual(
      stations.sent.map(({ localAuthorizationList }) => localAuthorizationList?.length),
      [2, 2, 1],
    );
    assert.deepEqual([held(), list.leftOutCount], [names(5), 2]);
  });

  it('follow the tokens by their difference', async () => {
    await inStep();
    await tokens.update(scope, 'T100', { status: 'Blocked' });
    await tokens.update(scope, 'T101', { groupIdToken: 'FLEET', expiresAt: '2026-03-01T13:00:00Z' });
    await tokens.create(scope, { idToken: 'NEW' });
    const changed = await lists.get(scope, id);
    assert.deepEqual([changed.status, changed.confirmedVersion, changed.wantedVersion], ['pending', 1, 2]);
    await runJob();
    await until('in-step');
    assert.deepEqual(stations.sent, [
      {
        versionNumber: 2,
        updateType: 'Differential',
        localAuthorizationList: [
          { idToken: 'T100', idTokenType: 'ISO14443' },
          {
            idToken: 'T101',
            idTokenType: 'ISO14443',
            idTokenInfo: { status: 'Accepted', groupIdToken: 'FLEET', expiresAt: '2026-03-01T13:00:00.000Z' },
          },
          { idToken: 'NEW', idTokenType: 'ISO14443', idTokenInfo: { status: 'Accepted' } },
        ],
      },
    ]);
    await runJob();
    assert.equal(stations.sent.length, 1, 'nothing is sent while nothing changes');
    bench.clock.advance(3600_000);
    await runJob();
    await until('in-step');
    assert.deepEqual(held(), ['NEW', 'T102'], 'a token that has expired goes');
    bench.clock.advance(-3600_000);
  });

  it('follow the rules of site and organisation', async () => {
    const { sites } = bench.csms.operatorPorts;
    await tokens.create(scope, { idToken: 'A', groupIdToken: 'One' });
    await tokens.create(scope, { idToken: 'B', groupIdToken: 'Two' });
    await tokens.create(scope, { idToken: 'C', status: 'Blocked', groupIdToken: 'one' });
    await sites.updateSite(scope, siteId, { localListPolicy: { kind: 'groups', groupIdTokens: ['ONE'] } });
    await runJob();
    assert.equal((await until('in-step')).policySource, 'site');
    assert.deepEqual(held(), ['A']);
    const offlinePolicy = { ...(await sites.getSite(scope, siteId)).offlinePolicy, allowOfflineTxForUnknownId: true };
    await sites.updateSite(scope, siteId, { offlinePolicy });
    await runJob();
    await until('in-step');
    assert.deepEqual(held(), ['A', 'C']);
    await lists.setPolicy(scope, id, { kind: 'tokens', idTokens: ['b', 'a', 'B', 'nobody'] });
    const own = await until('in-step');
    assert.deepEqual(own.policy, { kind: 'tokens', idTokens: ['b', 'a', 'nobody'] });
    assert.deepEqual(held(), ['A', 'B']);
    assert.ok(scope.kind === 'organizations');
    await sites.updateOrganization(scope, scope.organizationIds[0] as string, { masterPassGroupId: 'two' });
    // The bench's stations can report components: to them a master pass is no token like any other.
    assert.deepEqual(held(), ['A', 'B']);
    assert.equal((await lists.setPolicy(scope, id, null)).policySource, 'site');
    await until('in-step');
    assert.deepEqual(held(), ['A', 'C']);
    for (const wrong of [{ kind: 'groups', groupIdTokens: [] }, { kind: 'tokens', idTokens: ['Ä'] }, { kind: 'x' }]) {
      await assert.rejects(lists.setPolicy(scope, id, wrong as never), invalidPolicy.is, JSON.stringify(wrong));
    }
  });

  it('are emptied when nothing is wanted any more', async () => {
    await inStep();
    await lists.setPolicy(scope, id, { kind: 'off' });
    const list = await until('in-step');
    assert.deepEqual([held(), list.entryCount, list.wantedVersion], [[], 0, null]);
    stations.sent.length = 0;
    await add('LATER');
    await runJob();
    assert.deepEqual(stations.sent, []);
    await assert.rejects(lists.sync(scope, id, { requestedBy: null }), listOff.is);
  });

  it('are not touched again when an operator has sent one by hand, until the next sync', async () => {
    await inStep();
    const payload = {
      versionNumber: 70,
      updateType: 'Full',
      localAuthorizationList: [{ idToken: 'HAND', idTokenInfo: { status: 'Accepted' } }],
    };
    const request = { action: 'send-local-list', payload, requestedBy: 'ann@example.com' };
    await bench.csms.operatorPorts.commands.submit(scope, id, request, ['configure']);
    const list = await until('unknown');
    assert.deepEqual([list.operatorManaged, list.confirmedVersion, list.entryCount], [true, null, null]);
    await add('LATER');
    await runJob();
    await runJob();
    assert.deepEqual(held(), ['HAND']);
    await assert.rejects(lists.sync(scope, id, { mode: 'differential', requestedBy: null }), listBaseUnknown.is);
    const begun = await lists.sync(scope, id, { requestedBy: 'ann@example.com' });
    const command = await bench.csms.operatorPorts.commands.get(scope, begun.commandId ?? '');
    assert.deepEqual([command.action, command.requestedBy], ['get-local-list-version', 'ann@example.com']);
    const again = await until('in-step');
    assert.deepEqual(
      [held(), again.operatorManaged, again.confirmedVersion],
      [['LATER', 'T100', 'T101', 'T102'], false, 71],
    );
  });

  it('are sent whole on demand, and not at all when they are in step', async () => {
    await inStep();
    assert.equal((await lists.sync(scope, id, { mode: 'differential', requestedBy: null })).commandId, null);
    assert.deepEqual(stations.sent, []);
    await lists.sync(scope, id, { mode: 'full', requestedBy: null });
    await until('in-step');
    assert.deepEqual(
      stations.sent.map(({ updateType, versionNumber }) => [updateType, versionNumber]),
      [['Full', 2]],
    );
  });

  it('are sent anew at once after a version that does not fit, and with patience after a refusal', async () => {
    await inStep();
    stations.of(station.station).version = 90;
    await add('NEW');
    await runJob();
    const list = await until('in-step');
    assert.deepEqual(
      stations.sent.map(({ updateType, versionNumber }) => [updateType, versionNumber]),
      [
        ['Differential', 2],
        ['Full', 91],
      ],
    );
    assert.deepEqual([list.confirmedVersion, list.lastError], [91, null]);

    stations.sent.length = 0;
    stations.next = () => ({ status: 'rejected', response: {}, facts: { kind: 'local-list-sent', status: 'failed' } });
    await add('NEWER');
    await runJob();
    const failed = await until('failed');
    assert.deepEqual(
      [failed.lastError, failed.retryAt, failed.confirmedVersion],
      ['refused', '2026-03-01T12:01:00.000Z', null],
    );
    await runJob();
    assert.equal(stations.sent.length, 1, 'it is left in peace until then');
    bench.clock.advance(60_000);
    await runJob();
    await until('in-step');
    assert.equal(stations.sent.at(-1)?.updateType, 'Full');
    assert.deepEqual(held(), ['NEW', 'NEWER', 'T100', 'T101', 'T102']);
    bench.clock.advance(-60_000);
  });

  for (const arrived of [true, false]) {
    it(`are right after a crash between sending and storing, when the list has ${arrived ? '' : 'not '}arrived`, async () => {
      await inStep();
      await add('NEW');
      let answerAtLast: () => void = () => {};
      const lost = new Promise<CommandOutcome>((resolve) => {
        answerAtLast = () => resolve({ status: 'unknown', response: {} });
      });
      const left = new Promise<void>((resolve) => {
        stations.next = (_message, take) => {
          if (arrived) take();
          resolve();
          return lost;
        };
      });
      await runJob();
      await left;
      // The process that waits for the answer is dead; another one begins.
      const revived = createCsms({
        database: bench.test.database,
        clock: bench.clock,
        logger: createLogger({ level: 'silent', format: 'json' }),
        metrics: createMetrics(),
        settings: { onboarding: 'pending', heartbeatIntervalSeconds: 300, commandTimeoutSeconds: 30, secret: SECRET },
      });
      revived.setLink({
        execute: (at, _epoch, command) => stations.answer(at, command),
        interpret: async () => ({ kind: 'unknown-action' }),
        disconnect: async () => {},
      });
      await runJob(revived);
      assert.equal(stations.sent.length, 1, 'while the answer may still come nothing is sent');
      bench.clock.advance(120_000);
      await revived.jobs.find(({ name }) => name === 'csms.end-overdue-commands')?.run(new AbortController().signal);
      await runJob(revived);
      const list = await until('in-step', revived);
      assert.deepEqual(held(), ['NEW', 'T100', 'T101', 'T102']);
      assert.equal(list.confirmedVersion, stations.of(station.station).version);
      assert.deepEqual(
        stations.sent.map(({ updateType, versionNumber }) => [updateType, versionNumber]),
        arrived
          ? [['Differential', 2]]
          : [
              ['Differential', 2],
              ['Differential', 3],
            ],
      );
      answerAtLast();
      await revived.stop();
      bench.clock.advance(-120_000);
    });
  }

  it('wait for a station that is offline', async () => {
    await bench.csms.stationPort.disconnected(station.station, station.epoch, 'gone');
    await add('A');
    await bench.csms.operatorPorts.sites.updateSite(scope, siteId, { localListPolicy: { kind: 'all' } });
    const { list, commandId } = await lists.sync(scope, id, { requestedBy: null });
    assert.deepEqual([list.status, commandId], ['pending', null]);
    await runJob();
    assert.deepEqual(stations.sent, []);
    await bench.admit(id);
    await runJob();
    await until('in-step');
    assert.deepEqual(held(), ['A']);
  });

  it('are asked for when a station was restarted, and sent anew when it has lost them', async () => {
    await inStep();
    const boot = (at: number) =>
      bench.csms.stationPort.booted({
        origin: bench.origin(station, { receivedAt: at as never }),
        vendor: 'V',
        model: 'M',
        serialNumber: null,
        firmwareVersion: null,
        iccid: null,
        imsi: null,
        meterType: null,
        meterSerialNumber: null,
      });
    stations.lists.delete(station.station);
    bench.clock.advance(1000);
    await boot(bench.clock.now());
    await runJob();
    assert.deepEqual(held(), [], 'it is given a minute of calm');
    bench.clock.advance(61_000);
    await runJob();
    for (let attempt = 0; attempt < 100 && held().length === 0; attempt += 1) {
      await bench.csms.operatorPorts.events.wait(
        (await bench.csms.operatorPorts.events.read(EVERYTHING, null, 1)).lastId,
        50,
      );
    }
    await until('in-step');
    assert.deepEqual(held(), names(3));
    bench.clock.advance(-62_000);
  });

  it('are given up where a station keeps none', async () => {
    stations.versionTold = -1;
    await add('A');
    await lists.setPolicy(scope, id, { kind: 'all' });
    const list = await until('unsupported');
    assert.deepEqual([list.lastError, list.wantedVersion], ['not-supported', null]);
    bench.clock.advance(24 * 3600_000);
    await runJob();
    assert.deepEqual(stations.sent, []);
    assert.equal((await lists.get(scope, id)).status, 'unsupported');
    bench.clock.advance(-24 * 3600_000);

    await bench.admit(id, { capabilities: ['reset-station'] });
    assert.equal((await lists.get(scope, id)).status, 'unsupported');
    await assert.rejects(lists.sync(scope, id, { requestedBy: null }), listNotSupported.is);
  });

  it('are found by those who may see the station', async () => {
    const other: AccessScope = { kind: 'sites', siteIds: ['00000000-0000-7000-8000-000000000000'] };
    await assert.rejects(lists.get(other, id), stationUnknown.is);
    await assert.rejects(lists.entries(other, id, { limit: 1 }), stationUnknown.is);
    await assert.rejects(lists.setPolicy(other, id, { kind: 'all' }), stationUnknown.is);
    await assert.rejects(lists.sync(other, id, { requestedBy: null }), stationUnknown.is);
    await assert.rejects(lists.get(scope, 'no\u0000thing'), stationUnknown.is);
    assert.equal((await lists.get({ kind: 'sites', siteIds: [siteId] }, id)).stationId, id);
  });
});
