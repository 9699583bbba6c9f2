import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import type { ApiClient } from './harness/api-client.ts';
import type { CdrDocument, StationDocument, TransactionDocument } from './harness/api-views.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

/** A register of the meter at a moment. */
export interface RegisterFact {
  readonly at: Date;
  /** Whole watt-hours since the meter was made. */
  readonly registerWh: number;
}

/**
 * A station as the story needs it, whatever it speaks. What its dialect lets it keep while it could not deliver it, it keeps, through power
 * cuts, too, and delivers it in order when it is back. Every method resolves when the server has answered all that it sends, or (what nothing
 * answers) has read it; at once, when the station is off.
 */
export interface StationDriver extends AsyncDisposable {
  /** Connects, says who it is, expects to be accepted, and delivers what it has kept. */
  powerOn(): Promise<void>;
  /** The socket is gone without a word. */
  cutPower(): void;
  showCard(idToken: string): Promise<'accepted' | 'refused'>;
  startCharge(fact: RegisterFact & { readonly evseId: number; readonly idToken: string }): Promise<void>;
  measure(fact: RegisterFact): Promise<void>;
  /** The driver of the car has ended the charge with the card. */
  stopCharge(fact: RegisterFact): Promise<void>;
  /** Says once more what was delivered last about the charge, as if its answer had been lost. */
  repeatLast(): Promise<void>;
}

/** What a station is told about the server, and about itself. */
export interface StationAccess {
  /** `ws://host:port/ocpp` */
  readonly ocpp: string;
  /** `tcp://host:port` */
  readonly ykc: string;
  /** 14 digits, which every dialect can carry. */
  readonly identity: string;
  /** Null when the dialect has none. */
  readonly password: string | null;
  /** How far its wall clock is ahead of UTC, for dialects that tell no zone. */
  readonly offsetMinutes: number;
}

export interface DialectFacts {
  /** False where nothing proves who a station is. True when absent. */
  readonly hasPasswords?: boolean;
}

export type MakeDriver = (access: StationAccess) => StationDriver;

const HOUR_MS = 3_600_000;
/** Numbers of cards in hex digits, which every dialect can carry. */
const CARD = 'D14B0A54';
const BLOCKED_CARD = 'B10C4ED0';
const UNKNOWN_CARD = 'DEADBEEF';
/** Of the site, and so of the clocks of stations that tell wall time only. */
const ZONE = { timeZone: 'Asia/Shanghai', offsetMinutes: 480 } as const;
const REGISTER_AT_START_WH = 7_654_321;
const AT_THE_STATION = '32010600019236';
const OFF_THE_NET = '32010600019237';
const REFUSED = '32010600019238';

const VAT = { vat: '6', step_size: 1 };
const TARIFF = {
  currency: 'CNY',
  elements: [
    { price_components: [{ type: 'ENERGY', price: '0.5', ...VAT }], restrictions: { max_kwh: '4' } },
    {
      price_components: [
        { type: 'ENERGY', price: '0.8', ...VAT },
        { type: 'FLAT', price: '1', ...VAT },
        { type: 'TIME', price: '3', ...VAT, step_size: 300 },
      ],
    },
  ],
};

/**
 * 4 kWh at 0.5 are 2.00, 6 kWh at 0.8 are 4.80, the start is 1.00; 58 minutes are twelve times five, an hour at 3. Net 10.80; 6 % of that are
 * 0.648, so 0.65.
 */
const BILL = [
  10_000,
  [
    ['FLAT', '1', '1.00'],
    ['ENERGY', '4', '2.00'],
    ['TIME', '1', '3.00'],
    ['ENERGY', '6', '4.80'],
  ],
  '10.80',
  '11.45',
];

/** Reasons of OCPP 2.0.1 by who brought the charge to its end: dialects know it more or less precisely. */
function classOfStop(reason: string | null): string {
  switch (reason) {
    case 'Local':
    case 'EVDisconnected':
    case 'StoppedByEV':
    case 'MasterPass':
      return 'at the station';
    case 'Remote':
      return 'from afar';
    case null:
      return 'unknown';
    default:
      return 'by a fault';
  }
}

/**
 * The one story that every dialect must tell the same way, against the whole server, with an hour of virtual time that ends at now.
 *
 * @param name of the dialect
 */
export function describeStationProtocol(name: string, makeDriver: MakeDriver, dialect: DialectFacts = {}): void {
  for (const ports of PORT_STYLES) {
    describe(`the story of a charge in ${name} (ports: ${ports})`, () => {
      let clock: FakeClock;
      let server: ServerInProcess;
      let api: ApiClient;
      let begin: number;

      before(async () => {
        begin = Math.floor(Date.now() / 1000) * 1000 - HOUR_MS;
        clock = new FakeClock(begin);
        server = await startInProcess({ ports, clock });
        api = await server.login();
        await api.post('/id-tokens', { idToken: CARD, type: 'ISO14443', status: 'Accepted' });
        await api.post('/id-tokens', { idToken: BLOCKED_CARD, type: 'ISO14443', status: 'Blocked' });
        const [site] = await api.all<{ readonly id: string }>('/sites');
        await api.patch(`/sites/${site?.id}`, { timeZone: ZONE.timeZone, currency: TARIFF.currency });
        const tariff = await api.post<{ readonly id: string }>('/tariffs', { name: 'Story', tariff: TARIFF });
        await api.post('/tariff-assignments', { tariffId: tariff.id, target: { kind: 'site', siteId: site?.id } });
      });
      after(() => server[Symbol.asyncDispose]());
      beforeEach(async () => {
        clock.advance(begin - clock.now());
        api = await server.login();
      });

      async function makeStation(identity: string): Promise<StationDriver> {
        const password = dialect.hasPasswords === false ? null : `password-of-${identity}`;
        await api.post('/stations', { id: identity, password, registrationStatus: 'Accepted' });
        const { ocpp, ykc } = server;
        return makeDriver({ ocpp, ykc, identity, password, offsetMinutes: ZONE.offsetMinutes });
      }

      /** Moves time on to so many minutes after the beginning. */
      function at(minutes: number): Date {
        const then = begin + minutes * 60_000;
        assert.ok(then >= clock.now());
        clock.advance(then - clock.now());
        return new Date(then);
      }

      function fact(minutes: number, energyWh: number): RegisterFact {
        return { at: new Date(begin + minutes * 60_000), registerWh: REGISTER_AT_START_WH + energyWh };
      }

      async function online(identity: string, expected: boolean): Promise<void> {
        // Access tokens do not live as long as the story.
        api = await server.login();
        await eventually(`${identity} is ${expected ? 'online' : 'offline'}`, async () => {
          return (await api.get<StationDocument>(`/stations/${identity}`)).online === expected;
        });
      }

      /** The station's only transaction, in the words that every dialect shares. */
      async function told(identity: string): Promise<Record<string, unknown>> {
        api = await server.login();
        const transactions = await api.all<TransactionDocument>(`/transactions?stationId=${identity}`);
        assert.equal(transactions.length, 1, JSON.stringify(transactions, null, 2));
        const [one] = transactions as [TransactionDocument];
        const near = (text: string | null, minutes: number) =>
          text !== null && Math.abs(Date.parse(text) - (begin + minutes * 60_000)) <= 1000;
        return {
          idToken: one.idToken?.toUpperCase(),
          evseId: one.evseId,
          status: one.status,
          energyWh: one.energyWh,
          startedAfterTwoMinutes: near(one.startedAt, 2),
          endedAfterAnHour: near(one.endedAt, 60),
          stopped: classOfStop(one.stopReason),
          flags: one.flags,
        };
      }

      /** What the charge has cost, as soon as it is settled. */
      async function billed(identity: string): Promise<readonly unknown[]> {
        const [one] = await api.all<TransactionDocument>(`/transactions?stationId=${identity}`);
        return eventually(`the charge at ${identity} is settled`, async () => {
          const records = await api.all<CdrDocument>(`/cdrs?transactionId=${one?.id}`);
          if (records.length === 0) return undefined;
          return records.map(({ energyWh, lines, exclVat, inclVat }) => [
            energyWh,
            lines.map(({ dimension, quantity, amount }) => [dimension, quantity, amount.amount]),
            exclVat?.amount,
            inclVat.amount,
          ]);
        });
      }

      const WHOLE_STORY = {
        idToken: CARD,
        evseId: 1,
        status: 'ended',
        energyWh: 10_000,
        startedAfterTwoMinutes: true,
        endedAfterAnHour: true,
        stopped: 'at the station',
        flags: [],
      };

      it('is told once and exactly, with a power cut, late and doubled messages on the way', async () => {
        await using station = await makeStation(AT_THE_STATION);
        await station.powerOn();
        await online(AT_THE_STATION, true);
        at(1);
        assert.equal(await station.showCard(CARD), 'accepted');
        at(2);
        await station.startCharge({ ...fact(2, 0), evseId: 1, idToken: CARD });
        await station.repeatLast();
        at(10);
        await station.measure(fact(10, 1500));
        at(20);
        await station.measure(fact(20, 3250));
        await station.repeatLast();

        at(25);
        station.cutPower();
        await online(AT_THE_STATION, false);
        await station.measure(fact(26, 4321));
        await station.measure(fact(28, 4322));
        at(31);
        await station.powerOn();
        await online(AT_THE_STATION, true);
        await station.repeatLast();

        at(45);
        await station.measure(fact(45, 8765));
        at(60);
        await station.stopCharge(fact(60, 10_000));
        await station.repeatLast();
        assert.deepEqual(await told(AT_THE_STATION), WHOLE_STORY);
        assert.deepEqual(await billed(AT_THE_STATION), [BILL]);
      });

      it('is told late and in one burst by a station that was off the net all the while', async () => {
        await using station = await makeStation(OFF_THE_NET);
        await station.startCharge({ ...fact(2, 0), evseId: 1, idToken: CARD });
        for (const minutes of [10, 20, 30, 40, 50]) await station.measure(fact(minutes, minutes * 100));
        await station.stopCharge(fact(60, 10_000));
        at(60);
        await station.powerOn();
        await station.repeatLast();
        assert.deepEqual(await told(OFF_THE_NET), { ...WHOLE_STORY, flags: ['offline-start'] });
        assert.deepEqual(await billed(OFF_THE_NET), [BILL]);
      });

      it('does not begin with a blocked or an unknown card', async () => {
        await using station = await makeStation(REFUSED);
        await station.powerOn();
        assert.equal(await station.showCard(BLOCKED_CARD), 'refused');
        assert.equal(await station.showCard(UNKNOWN_CARD), 'refused');
        assert.deepEqual(await api.all(`/transactions?stationId=${REFUSED}`), []);
      });
    });
  }
}
