/**
 * What so many piles need, worked out from what one message, one pile and one charge were measured to cost. Every measured figure stands in docs/bench.md, and
 * `capacity.test.ts` looks whether it still does; the tables of docs/guides/capacity.md are made from here (`npm run docs:capacity`).
 */

/** From docs/bench.md. */
export const MEASURED = {
  /** Server and PostgreSQL in one process, message log off. "What an acknowledged message costs", rung d. */
  ocppCpuMsPerThousand: 198.5,
  /** Frames of charging piles, three in five of them heartbeats. "Piles of 云快充". */
  ykcCpuMsPerThousand: 147.2,
  /** Resident memory of the process that holds the socket. "What an acknowledged message costs", and "Piles of 云快充". */
  bytesPerIdleStation: 15_794,
  bytesPerIdlePile: 15_366,
  bytesPerChargingPile: 35_859,
  /** In parts of what a message costs in one process. "Roles apart". */
  shares: { 'station-gateway': 0.34, csms: 0.43, 'the other roles': 0.12, 'nats-server': 0.17, PostgreSQL: 0.69 },
  natsBytesPerMessage: 2432,
  /** A charge of four hours of OCPP 1.6 with six samples a report. "What charges take on disk". */
  storage: {
    60: { messages: 242, rows: 1933, keptBytes: 485_130, passingBytes: 81_838, walBytesPerMessage: 3130 },
    10: { messages: 1442, rows: 11_534, keptBytes: 2_906_931, passingBytes: 483_738, walBytesPerMessage: 3115 },
  },
} as const;

/** Not measured: how piles are used, and how full processes are to be. */
export const ASSUMED = {
  chargesPerPilePerDay: 1,
  hoursPerCharge: 4,
  /** As many times the mean charge at the busiest hour. */
  peak: 2,
  ocppHeartbeatSeconds: 300,
  ykcHeartbeatSeconds: 10,
  ykcRealtimeSeconds: 15,
  /** A gateway that is lost sends so many to the others, which let in 1,000 a second each. */
  pilesPerGateway: 20_000,
  /** Of one core, at the busiest hour. */
  busyShare: 0.6,
  /** billing, operations and admin-api, two of each. */
  otherStoringProcesses: 6,
  /** docs/guides/operating.md. */
  databaseConnectionsPerProcess: 25,
  daysPerMonth: 30,
  daysOutboxIsKept: 7,
} as const;

export interface Load {
  readonly name: string;
  /** Seconds from one heartbeat to the next, and from one report of a charge to the next. */
  readonly heartbeatSeconds: number;
  readonly reportSeconds: number;
  readonly cpuMsPerThousand: number;
  readonly bytesPerIdle: number;
  /** Of one charge. */
  readonly rowsPerCharge: number;
  readonly keptBytesPerCharge: number;
  readonly passingBytesPerCharge: number;
  readonly walBytesPerReport: number;
}

const { storage } = MEASURED;
const ykcReports = (ASSUMED.hoursPerCharge * 3600) / ASSUMED.ykcRealtimeSeconds;
/** A frame of realtime data is stored as a report of OCPP 1.6 is, with as many samples or fewer: taken for one. */
const perReport = (of: 'rows' | 'keptBytes' | 'passingBytes'): number => storage[10][of] / storage[10].messages;

export const LOADS: readonly Load[] = [
  ...([60, 10] as const).map((interval) => ({
    name: `OCPP, every ${interval} s`,
    heartbeatSeconds: ASSUMED.ocppHeartbeatSeconds,
    reportSeconds: interval,
    cpuMsPerThousand: MEASURED.ocppCpuMsPerThousand,
    bytesPerIdle: MEASURED.bytesPerIdleStation,
    rowsPerCharge: storage[interval].rows,
    keptBytesPerCharge: storage[interval].keptBytes,
    passingBytesPerCharge: storage[interval].passingBytes,
    walBytesPerReport: storage[interval].walBytesPerMessage,
  })),
  {
    name: `云快充, every ${ASSUMED.ykcRealtimeSeconds} s`,
    heartbeatSeconds: ASSUMED.ykcHeartbeatSeconds,
    reportSeconds: ASSUMED.ykcRealtimeSeconds,
    cpuMsPerThousand: MEASURED.ykcCpuMsPerThousand,
    bytesPerIdle: MEASURED.bytesPerIdlePile,
    rowsPerCharge: ykcReports * perReport('rows'),
    keptBytesPerCharge: ykcReports * perReport('keptBytes'),
    passingBytesPerCharge: ykcReports * perReport('passingBytes'),
    walBytesPerReport: storage[10].walBytesPerMessage,
  },
];

export const FLEETS = [10_000, 100_000, 1_000_000] as const;

/** At the busiest hour, where it says a second. */
export interface Capacity {
  readonly messagesPerSecond: number;
  /** Reports about charges among them: what is stored. */
  readonly reportsPerSecond: number;
  /** With all roles in one process, and with roles apart over NATS. */
  readonly coresTogether: number;
  readonly coresApart: number;
  readonly databaseCores: number;
  readonly gateways: number;
  readonly csms: number;
  /** Of all gateways, for piles alone. */
  readonly gatewayBytes: number;
  readonly databaseConnections: number;
  readonly rowsPerDay: number;
  /** What is kept for ever grows by so much. */
  readonly diskBytesPerMonth: number;
  /** Events, which are dropped after a week. */
  readonly outboxBytes: number;
  readonly walBytesPerSecond: number;
  readonly natsBytesPerSecond: number;
}

export function capacityOf(piles: number, load: Load): Capacity {
  const chargesPerDay = piles * ASSUMED.chargesPerPilePerDay;
  const charging = Math.min(1, (ASSUMED.chargesPerPilePerDay * ASSUMED.hoursPerCharge * ASSUMED.peak) / 24);
  const reportsPerSecond = (piles * charging) / load.reportSeconds;
  const messagesPerSecond = piles / load.heartbeatSeconds + reportsPerSecond;
  const coresTogether = (messagesPerSecond * load.cpuMsPerThousand) / 1e6;
  const coresOf = (part: keyof typeof MEASURED.shares): number => coresTogether * MEASURED.shares[part];
  const parts = Object.keys(MEASURED.shares) as (keyof typeof MEASURED.shares)[];
  // One more than is needed: one may be lost, or be exchanged.
  const byCpu = (part: 'station-gateway' | 'csms'): number => Math.ceil(coresOf(part) / ASSUMED.busyShare) + 1;
  const gateways = Math.max(byCpu('station-gateway'), Math.ceil(piles / ASSUMED.pilesPerGateway) + 1);
  const csms = byCpu('csms');
  return {
    messagesPerSecond,
    reportsPerSecond,
    coresTogether,
    coresApart: parts.reduce((sum, part) => sum + coresOf(part), 0),
    databaseCores: coresOf('PostgreSQL'),
    gateways,
    csms,
    gatewayBytes: piles * (charging * MEASURED.bytesPerChargingPile + (1 - charging) * load.bytesPerIdle),
    databaseConnections: (csms + ASSUMED.otherStoringProcesses) * ASSUMED.databaseConnectionsPerProcess,
    rowsPerDay: chargesPerDay * load.rowsPerCharge,
    diskBytesPerMonth: chargesPerDay * load.keptBytesPerCharge * ASSUMED.daysPerMonth,
    outboxBytes: chargesPerDay * load.passingBytesPerCharge * ASSUMED.daysOutboxIsKept,
    walBytesPerSecond: reportsPerSecond * load.walBytesPerReport,
    natsBytesPerSecond: messagesPerSecond * MEASURED.natsBytesPerMessage,
  };
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Two figures that count: more would pretend to know. */
export function rounded(value: number): string {
  if (value === 0) return '0';
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  const near = Math.round(value / step) * step;
  return near < 10 ? near.toFixed(near < 1 ? 2 : 1) : Math.round(near).toLocaleString('en');
}

export function bytes(value: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3)));
  return `${rounded(value / 1000 ** power)} ${UNITS[power]}`;
}

function millions(value: number): string {
  return `${rounded(value / 1e6)} M`;
}

/** The tables of the guide, as Markdown. */
export function capacityTables(): string {
  const every = FLEETS.flatMap((piles) =>
    LOADS.map((load) => ({ piles: piles.toLocaleString('en'), name: load.name, of: capacityOf(piles, load) })),
  );
  const processes = every.map(
    ({ piles, name, of }) =>
      `| ${piles} | ${name} | ${rounded(of.messagesPerSecond)} | ${rounded(of.coresTogether)} | ${rounded(of.coresApart)} | ${rounded(of.databaseCores)} | ${of.gateways} | ${of.csms} | ${bytes(of.gatewayBytes)} | ${of.databaseConnections} | ${bytes(of.natsBytesPerSecond)}/s |`,
  );
  const disks = every.map(
    ({ piles, name, of }) =>
      `| ${piles} | ${name} | ${rounded(of.reportsPerSecond)} | ${millions(of.rowsPerDay)} | ${bytes(of.diskBytesPerMonth)} | ${bytes(of.outboxBytes)} | ${bytes(of.walBytesPerSecond)}/s |`,
  );
  return [
    '| piles | load | messages/s | cores, one process | cores, roles apart | of these PostgreSQL | gateways | csms | memory for piles | database connections | NATS |',
    '|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...processes,
    '',
    '| piles | load | reports/s | rows a day | disk a month | outbox | WAL |',
    '|---:|---|---:|---:|---:|---:|---:|',
    ...disks,
  ].join('\n');
}
