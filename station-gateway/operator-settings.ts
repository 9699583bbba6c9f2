import { OCPP_PROTOCOLS } from '@voltpile/platform/config/config';
import { type Contradiction, defineSettings, type Values } from '@voltpile/platform/config/setting';
import {
  file,
  MIB,
  oneOf,
  port,
  portOrOff,
  seconds,
  text,
  wholeNumber,
  wholeNumberByName,
  yesOrNo,
} from '@voltpile/platform/config/setting-types';

/** What an operator may set about sockets of stations. */
export const GATEWAY_SETTINGS = defineSettings({
  allowUnauthenticated: {
    name: 'VOLTPILE_ALLOW_UNAUTHENTICATED',
    type: yesOrNo,
    default: '0',
    change: 'local',
    description: '`1` lets stations without a key in on any address, not only on loopback',
  },
  drainSeconds: {
    name: 'VOLTPILE_DRAIN_SECONDS',
    type: wholeNumber(0, 3600),
    default: '0',
    unit: 's',
    change: 'local',
    description:
      'at a stop, the sockets of stations are closed one after the other within so many seconds, so that they do not all come back at once to another gateway; `0` closes all at once',
  },
  holdReplySeconds: {
    name: 'VOLTPILE_HOLD_REPLY_SECONDS',
    type: seconds(300),
    default: '20',
    unit: 's',
    change: 'live',
    description: 'how long answers to stations are held while the database is away',
  },
  maxFrameBytes: {
    name: 'VOLTPILE_MAX_FRAME_BYTES',
    type: wholeNumberByName(OCPP_PROTOCOLS, 1024, 16 * MIB, 256 * 1024),
    default: '262144',
    unit: 'bytes',
    change: 'restart',
    description: 'largest message of a station; single protocols may be named behind it: `262144,ocpp2.0.1=524288`',
  },
  maxMessagesPerSecond: {
    name: 'VOLTPILE_MAX_MESSAGES_PER_SECOND',
    type: wholeNumberByName(OCPP_PROTOCOLS, 1, 1_000_000, 500),
    default: '500',
    unit: '1/s',
    change: 'live',
    description:
      'of one station; above it the socket is read more slowly, nothing is lost. Single protocols may be named behind it: `500,ocpp1.6=200`. Counts for new connections',
  },
  maxStationConnections: {
    name: 'VOLTPILE_MAX_STATION_CONNECTIONS',
    type: wholeNumber(1, 1_000_000),
    default: '50000',
    change: 'live',
    description: 'stations connected at once',
  },
  ocppCompression: {
    name: 'VOLTPILE_OCPP_COMPRESSION',
    type: oneOf(['on', 'off']),
    default: 'on',
    change: 'restart',
    description: 'compress large frames for stations of OCPP 2.x that offer it (permessage-deflate)',
  },
  ocppPort: {
    name: 'VOLTPILE_OCPP_PORT',
    type: port,
    default: '9220',
    change: 'local',
    description: 'OCPP over plain WebSocket',
  },
  ocppTlsPort: {
    name: 'VOLTPILE_OCPP_TLS_PORT',
    type: port,
    default: '9221',
    change: 'local',
    description: 'OCPP over TLS, when a certificate is given',
  },
  pingIntervalSeconds: {
    name: 'VOLTPILE_PING_INTERVAL_SECONDS',
    type: seconds(86_400),
    default: '25',
    unit: 's',
    change: 'live',
    description: 'a station that was silent for so long is pinged',
  },
  stationIdleTimeoutSeconds: {
    name: 'VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS',
    type: seconds(86_400),
    default: '75',
    unit: 's',
    change: 'live',
    description: 'a station that was silent for so long, pings included, is offline; longer than the ping interval',
  },
  stationLoginsPerSecond: {
    name: 'VOLTPILE_STATION_LOGINS_PER_SECOND',
    type: wholeNumber(1, 100_000),
    default: '1000',
    unit: '1/s',
    change: 'live',
    description:
      'logins of stations that one process tries in a second, two seconds’ worth at once; the others are told to come again later',
  },
  tlsCertFile: {
    name: 'VOLTPILE_TLS_CERT_FILE',
    type: file,
    change: 'local',
    description: 'PEM file with the certificate (and its chain) of the listeners for stations; together with the key',
  },
  tlsClientCaFile: {
    name: 'VOLTPILE_TLS_CLIENT_CA_FILE',
    type: file,
    change: 'local',
    description: 'PEM file with the authority of the stations’ certificates',
  },
  tlsKeyFile: {
    name: 'VOLTPILE_TLS_KEY_FILE',
    type: file,
    change: 'local',
    description: 'PEM file with the private key',
  },
  ykcAllowUnauthenticated: {
    name: 'VOLTPILE_YKC_ALLOW_UNAUTHENTICATED',
    type: yesOrNo,
    change: 'local',
    description:
      '`1` lets piles of 云快充 in on any address, not only on loopback; without it `VOLTPILE_ALLOW_UNAUTHENTICATED` counts',
  },
  ykcCrc: {
    name: 'VOLTPILE_YKC_CRC',
    type: oneOf(['low-first', 'mirror']),
    default: 'low-first',
    change: 'restart',
    description: '`mirror` sends the check bytes of a frame in the pile’s own order, for makers that want it',
  },
  ykcIdleTimeoutSeconds: {
    name: 'VOLTPILE_YKC_IDLE_TIMEOUT_SECONDS',
    type: seconds(86_400),
    default: '75',
    unit: 's',
    change: 'live',
    description: 'a connection of piles that was silent for so long is closed',
  },
  ykcLoginsPerAddress: {
    name: 'VOLTPILE_YKC_LOGINS_PER_ADDRESS',
    type: wholeNumber(1, 100_000),
    default: '100',
    unit: '1/s',
    change: 'restart',
    description: 'logins of piles per second from one address; more where many piles come from behind one router',
  },
  ykcPort: {
    name: 'VOLTPILE_YKC_PORT',
    type: portOrOff,
    default: '8768',
    change: 'local',
    description: '云快充 over plain TCP; `off` closes it',
  },
  ykcQrPrefix: {
    name: 'VOLTPILE_YKC_QR_PREFIX',
    type: text('must have at most 200 printable ASCII characters', (given) => /^[\x21-\x7e]{1,200}$/.test(given)),
    change: 'restart',
    description: 'what piles put before their number in the QR code on their screen, at most 200 characters',
  },
  ykcSpendingCapYuan: {
    name: 'VOLTPILE_YKC_SPENDING_CAP_YUAN',
    type: wholeNumber(1, 40_000_000),
    default: '1000',
    unit: 'yuan',
    change: 'restart',
    description: 'what a pile may spend on a charge for which nobody has set a limit; it stops then',
  },
  ykcTariffFile: {
    name: 'VOLTPILE_YKC_TARIFF_FILE',
    type: file,
    change: 'local',
    description:
      'JSON file of the prices that piles show, see [Piles of 云快充](piles.md#prices); without it they show none',
  },
  ykcTlsPort: {
    name: 'VOLTPILE_YKC_TLS_PORT',
    type: port,
    default: '8769',
    change: 'local',
    description: '云快充 over TLS, when a certificate is given',
  },
});

export function gatewayContradictions(values: Values<typeof GATEWAY_SETTINGS>): Contradiction[] {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, stationIdleTimeoutSeconds, pingIntervalSeconds } = values;
  const found: Contradiction[] = [];
  if ((tlsCertFile === null) !== (tlsKeyFile === null)) {
    found.push({
      names: ['VOLTPILE_TLS_CERT_FILE', 'VOLTPILE_TLS_KEY_FILE'],
      problem: 'VOLTPILE_TLS_CERT_FILE and VOLTPILE_TLS_KEY_FILE must be given together',
    });
  }
  if (tlsClientCaFile !== null && tlsCertFile === null) {
    found.push({
      names: ['VOLTPILE_TLS_CLIENT_CA_FILE', 'VOLTPILE_TLS_CERT_FILE', 'VOLTPILE_TLS_KEY_FILE'],
      problem: 'VOLTPILE_TLS_CLIENT_CA_FILE needs VOLTPILE_TLS_CERT_FILE and VOLTPILE_TLS_KEY_FILE',
    });
  }
  if (stationIdleTimeoutSeconds <= pingIntervalSeconds) {
    found.push({
      names: ['VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS', 'VOLTPILE_PING_INTERVAL_SECONDS'],
      problem: 'VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS must be longer than VOLTPILE_PING_INTERVAL_SECONDS',
    });
  }
  return found;
}
