import { FREE_OF_CHARGE, toTariffBody } from '../tariff-model.ts';
import { NO_SERIAL, SERIAL } from './bodies.ts';
import { PILE_NO } from './pile-bench.ts';

/** Method and argument of a call, its readings as lines; or name and values of a frame. */
export type Told = readonly [name: string, values: object];

const HEAD = `${SERIAL}${PILE_NO}01`;
const ascii = (text: string): string => Buffer.from(text).toString('hex');
const VIN = 'LSVNV2182E2100001';
/** When everything happens. */
export const NOW = '2026-03-01T10:00:00.000Z';
const EVSE = { evseId: 1, connectorId: 1 };
/** The first serial after the login, where the counter begins at 5000. */
const OURS = `${PILE_NO}012603011800005001`;
/** The first half of 0x31. */
const ASKS = `${PILE_NO}01`;
const CARD = '00000000d14b0a54';
const NO_PASSWORD = '0'.repeat(32);
/** Prices, energies, amounts of four rates: 10 kWh at the flat rate. */
const RATES = `${'0'.repeat(64)}b0ad0100a086010000000000b0ad0100${'0'.repeat(32)}`;
const TIMES = '0000001201031a00001e1201031a';
/** From the total energy on: 10 kWh, 10.3 with loss, 11 yuan. */
const TOTALS = `a086010058920100b0ad0100${ascii(VIN)}0200001e1201031a45${CARD}`;
const PERIOD = { pricePerKwh: '0.00000', energyMilliWh: 0, lossAdjustedMilliWh: null, amount: '0.0000' };
const BILL = {
  energyMilliWh: 10_000_000,
  lossAdjustedMilliWh: 10_300_000,
  amount: '11.0000',
  currency: 'CNY',
  periods: [
    { name: 'sharp', ...PERIOD },
    { name: 'peak', ...PERIOD },
    { name: 'flat', ...PERIOD, pricePerKwh: '1.10000', energyMilliWh: 10_000_000, amount: '11.0000' },
    { name: 'valley', ...PERIOD },
  ],
  details: { kind: 2, stopCode: 0x45, vin: VIN, card: 'D14B0A54' },
};
const BEGIN = 'Transaction.Begin';
const END = 'Transaction.End';

function recordCalls(begin: string, end: string, details: object = {}): Told[] {
  const report = { stationTransactionId: SERIAL, namedByUs: true, evse: EVSE, trigger: 'ChargingStateChanged' };
  const register = 'Energy.Active.Import.Register';
  const [startedAt, endedAt] = ['2026-03-01T18:00:00.000', '2026-03-01T18:30:00.000'];
  return [
    [
      'transactionStarted',
      { ...report, timestamp: startedAt, readings: [`${startedAt} ${register} ${begin} Wh Outlet ${BEGIN} register`] },
    ],
    [
      'transactionEnded',
      {
        ...report,
        chargingState: 'EVConnected',
        timestamp: endedAt,
        stopReason: 'Local',
        readings: [`${endedAt} ${register} ${end} Wh Outlet ${END} register`],
        bill: { ...BILL, details: { ...BILL.details, ...details } },
      },
    ],
  ];
}

const CONFIRMED: Told[] = [['0x40', { txSerial: SERIAL, result: 0 }]];
const update = (trigger: string, lines: readonly string[]): Told[] => [
  [
    'transactionUpdated',
    {
      stationTransactionId: SERIAL,
      trigger,
      evse: EVSE,
      timestamp: NOW,
      readings: lines.map((line) => `${NOW} ${line}`),
    },
  ],
];
const fault = (message: string, by: string, flags: object, raw: string): Told[] => [
  [
    'factReported',
    {
      kind: 'charging-fault',
      detail: { message, stationTransactionId: SERIAL, evseId: 1, by, flags, raw },
    },
  ],
];
const confirmation = (name: string, more: object = {}): Told[] => [
  [
    name,
    {
      txSerial: OURS,
      pileNo: PILE_NO,
      gun: '01',
      logicCard: '0'.repeat(16),
      balance: 100_000,
      auth: 1,
      failReason: 0,
      ...more,
    },
  ],
];
const { pileNo: _, ...tariff } = toTariffBody(PILE_NO, FREE_OF_CHARGE);
const REALTIME = '0'.repeat(62);

/** What the domain is told of a body, and what the pile is sent. */
type ByHand = readonly [type: number, body: string, calls: readonly Told[], sent: readonly Told[]];

/** Bytes that no codec of ours has made, so that none speaks for itself. */
export const FRAMES_BY_HAND: readonly ByHand[] = [
  [
    0x01,
    `${PILE_NO}000110${ascii('V4.1.50')}0000898604d11722d034860604`,
    [
      [
        'booted',
        {
          vendor: null,
          model: 'DC, 1 gun',
          serialNumber: null,
          firmwareVersion: 'V4.1.50',
          iccid: '898604d11722d0348606',
          imsi: null,
          meterType: null,
          meterSerialNumber: null,
        },
      ],
    ],
    [
      ['0x02', { pileNo: PILE_NO, result: 0 }],
      [
        '0x56',
        {
          pileNo: PILE_NO,
          time: { millisecond: 0, minute: 0, hour: 18, day: 1, weekday: 7, month: 3, year: 26, spare: 0 },
        },
      ],
      ['0x12', { pileNo: PILE_NO, gun: '01' }],
    ],
  ],
  [0x03, `${PILE_NO}0100`, [['heartbeat', {}]], [['0x04', { pileNo: PILE_NO, gun: '01', reply: 0 }]]],
  [0x05, `${PILE_NO}0100`, [['tariffAsked', {}]], [['0x06', { pileNo: PILE_NO, modelNo: '0100', result: 1 }]]],
  [
    0x09,
    PILE_NO,
    [
      ['tariffAsked', {}],
      ['tariffTaken', { tariff: null }],
    ],
    [['0x0A', { pileNo: PILE_NO, ...tariff }]],
  ],
  [
    0x13,
    // 400.1 V, 123.4 A, 30 °C, no code, 40 %, 35 °C, 3 and 60 minutes, 0.4321 kWh, 0.5 yuan.
    `${HEAD}030001a10fd20450${'0'.repeat(16)}285503003c00e1100000e1100000881300000000`,
    [
      [
        'connectorStatusChanged',
        {
          evseId: 1,
          connectorId: 1,
          timestamp: NOW,
          status: 'Occupied',
          detail: 'Charging',
          chargingState: 'Charging',
        },
      ],
      [
        'transactionStarted',
        {
          stationTransactionId: SERIAL,
          chargingState: 'Charging',
          evse: EVSE,
          timestamp: NOW,
          readings: [
            `${NOW} Energy.Active.Import.Register 432.1 Wh Outlet Sample.Periodic session`,
            `${NOW} Voltage 400.1 V Outlet Sample.Periodic register`,
            `${NOW} Current.Import 123.4 A Outlet Sample.Periodic register`,
            `${NOW} SoC 40 Percent EV Sample.Periodic register`,
            `${NOW} Temperature 30 Celsius Cable Sample.Periodic register`,
            `${NOW} Temperature 35 Celsius EV Sample.Periodic register`,
          ],
          namedByUs: true,
          provisional: true,
          trigger: 'ChargingStateChanged',
        },
      ],
    ],
    [],
  ],
  [
    0x13,
    // At rest, in its holster, emergency stop pressed and the door open.
    `${NO_SERIAL}${PILE_NO}01010100${REALTIME}0110`,
    [
      [
        'connectorStatusChanged',
        {
          evseId: 1,
          connectorId: 1,
          timestamp: NOW,
          status: 'Faulted',
          detail: 'Faulted',
          errorCode: 'emergency stop',
          info: 'emergency stop, door open',
        },
      ],
    ],
    [],
  ],
  [
    0x15,
    `${HEAD}01010003dc05ac0d${ascii('CATL')}000000012205072c01000100${ascii(VIN)}0102030405060708`,
    [
      [
        'factReported',
        {
          kind: 'vehicle-battery',
          detail: {
            stationTransactionId: SERIAL,
            evseId: 1,
            vin: VIN,
            batteryType: 'LFP',
            capacityAh: '150.0',
            voltageV: '350.0',
            maker: 'CATL',
            packNumber: '00000001',
            made: '2019-05-07',
            cycles: 300,
            isOwned: true,
            bmsVersion: '010100',
            bmsSoftware: '0102030405060708',
          },
        },
      ],
    ],
    [],
  ],
  [
    0x17,
    `${HEAD}6d01c40902036810699501d90e4c1dd007dc05a00f`,
    update('EVDetected', [
      `SoC 40.5 Percent EV ${BEGIN} register`,
      `Voltage 380.1 V EV ${BEGIN} register`,
      `BMS.LimitCellVoltage 3.65 V EV ${BEGIN} register`,
      `BMS.LimitCurrent 150.0 A EV ${BEGIN} register`,
      `BMS.NominalEnergy 77.0 kWh EV ${BEGIN} register`,
      `BMS.LimitVoltage 420.0 V EV ${BEGIN} register`,
      `BMS.LimitTemperature 55 Celsius EV ${BEGIN} register`,
      `Pile.MaxVoltage 750.0 V Outlet ${BEGIN} register`,
      `Pile.MinVoltage 200.0 V Outlet ${BEGIN} register`,
      `Pile.MaxCurrent 250.0 A Outlet ${BEGIN} register`,
      `Pile.MinCurrent 0.0 A Outlet ${BEGIN} register`,
    ]),
    [],
  ],
  [
    0x19,
    `${HEAD}5068016d014b511e00640000000000`,
    update('ChargingStateChanged', [
      `SoC 80 Percent EV ${END} register`,
      `BMS.MinCellVoltage 3.60 V EV ${END} register`,
      `BMS.MaxCellVoltage 3.65 V EV ${END} register`,
      `BMS.MinTemperature 25 Celsius EV ${END} register`,
      `BMS.MaxTemperature 31 Celsius EV ${END} register`,
    ]),
    [],
  ],
  [
    0x1b,
    `${HEAD}0100000000040000`,
    fault('0x1B', 'both', { 'charger-recognition-00': 'yes', 'bms-ready': 'yes' }, '0100000000040000'),
    [],
  ],
  [
    0x1d,
    `${HEAD}01000108`,
    fault(
      '0x1D',
      'vehicle',
      { 'soc-reached': 'yes', 'pack-temperature': 'yes', 'voltage-abnormal': 'not-to-be-trusted' },
      '01000108',
    ),
    [],
  ],
  [0x21, `${HEAD}04000000`, fault('0x21', 'pile', { manual: 'yes' }, '04000000'), []],
  [
    0x23,
    `${HEAD}a10fce0a02960fd20a6d21292300a00fd20a0300`,
    update('MeterValuePeriodic', [
      'BMS.DemandVoltage 400.1 V EV Sample.Periodic register',
      'BMS.DemandCurrent 123.4 A EV Sample.Periodic register',
      'Voltage 399.0 V EV Sample.Periodic register',
      'Current.Import 123.0 A EV Sample.Periodic register',
      'BMS.MaxCellVoltage 3.65 V EV Sample.Periodic register',
      'SoC 41 Percent EV Sample.Periodic register',
      'BMS.RemainingTime 35 min EV Sample.Periodic register',
    ]),
    [],
  ],
  // The same of a maker who writes each flag as a word.
  ...['0010', '0000000000000000000001000000'.padEnd(32, '0')].map(
    (flags): ByHand => [
      0x25,
      `${HEAD}0251004b01${flags}`,
      update('MeterValuePeriodic', [
        'BMS.MaxTemperature 31 Celsius EV Sample.Periodic register',
        'BMS.MinTemperature 25 Celsius EV Sample.Periodic register',
      ]),
      [],
    ],
  ),
  [
    0x31,
    `${ASKS}0100${CARD}${NO_PASSWORD}${'0'.repeat(34)}`,
    [['authorize', { idToken: { value: 'D14B0A54', type: 'ISO14443' }, evseId: 1, stationTransactionId: OURS }]],
    confirmation('0x32'),
  ],
  [
    0x31,
    // A card of digits is shown as it is.
    `${ASKS}01001234567800000000${NO_PASSWORD}${'0'.repeat(34)}`,
    [['authorize', { idToken: { value: '12345678', type: 'ISO14443' }, evseId: 1, stationTransactionId: OURS }]],
    confirmation('0x32', { logicCard: '0000000012345678' }),
  ],
  [
    0x31,
    `${ASKS}0300${'0'.repeat(16)}${NO_PASSWORD}${ascii([...VIN].reverse().join(''))}`,
    [['authorize', { idToken: { value: VIN, type: 'VIN' }, evseId: 1, stationTransactionId: OURS }]],
    confirmation('0x32'),
  ],
  // Meters of four bytes, of five, and of five behind what 1.7 adds.
  [0x39, `${HEAD}${TIMES}${RATES}a0860100400d0300${TOTALS}`, recordCalls('10000.0', '20000.0'), CONFIRMED],
  [0x3b, `${HEAD}${TIMES}${RATES}a086010001400d030001${TOTALS}`, recordCalls('429506729.6', '429516729.6'), CONFIRMED],
  [
    0x3d,
    `${HEAD}${TIMES}000000123456${'ab'.repeat(34)}020001${RATES}a086010000400d030000${TOTALS}`,
    recordCalls('10000.0', '20000.0', {
      meterNo: '000000123456',
      meterCipher: 'ab'.repeat(34),
      meterProto: 2,
      cipherMode: 1,
    }),
    CONFIRMED,
  ],
  [0x55, `${PILE_NO}0000001201031a`, [], []],
  [
    0x61,
    `${PILE_NO}0155ff50ff00000000`,
    [
      [
        'factReported',
        {
          kind: 'parking-lock',
          detail: { evseId: 1, lock: 'raised', space: 'occupied', batteryPercent: 80, alarm: 'arm-broken' },
        },
      ],
    ],
    [],
  ],
  [0x93, `${PILE_NO}03`, [['firmwareStatusChanged', { status: 'DownloadFailed' }]], []],
  [
    0xa1,
    `${ASKS}0100${CARD}${NO_PASSWORD}${'0'.repeat(34)}00260301180000`,
    [
      [
        'authorize',
        {
          idToken: { value: 'D14B0A54', type: 'ISO14443' },
          evseId: 1,
          stationTransactionId: OURS,
          parallelGroup: '260301180000',
        },
      ],
    ],
    confirmation('0xA2', { parallelNo: '260301180000' }),
  ],
];
