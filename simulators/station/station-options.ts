import type { VirtualTime } from '../virtual-time.ts';
import type { PileOptions } from '../ykc/pile-options.ts';
import { invalidOption } from './errors.ts';
import type { VehicleFacts } from './vehicle.ts';

/** What the station says about itself in BootNotification. */
export interface ModelFacts {
  readonly vendor: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly firmwareVersion: string;
  readonly chargeBoxSerialNumber?: string | undefined;
  readonly iccid?: string | undefined;
  readonly imsi?: string | undefined;
  readonly meterType?: string | undefined;
  readonly meterSerialNumber?: string | undefined;
}

/** TLS options as Node takes them; certificates in PEM. */
export interface WireTls {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

/** When to try again after a lost or refused connection, in simulated seconds. */
export interface ReconnectPolicy {
  readonly firstSeconds: number;
  readonly factor: number;
  readonly maxSeconds: number;
  /** Share of the wait that is random, 0…1: a fleet must not return at the same instant. */
  readonly jitter: number;
  /** Give up after so many failures in a row. */
  readonly maxAttempts: number;
}

export const DEFAULT_RECONNECT: ReconnectPolicy = {
  firstSeconds: 1,
  factor: 2,
  maxSeconds: 60,
  jitter: 0.25,
  maxAttempts: Number.POSITIVE_INFINITY,
};

export interface SimulatedStationOptions {
  /** 1…128 characters; becomes the last segment of the URL, percent-encoded. YKC: 14 digits. */
  readonly identity: string;
  /** `ws://host:port/ocpp`, without the identity; YKC: `tcp://host:port`. */
  readonly url: string;
  readonly time: VirtualTime;
  /** Basic authentication: text, or the bytes of a key. */
  readonly password?: string | Buffer | undefined;
  /** How many, 1…100; 1 when absent. */
  readonly connectors?: number | undefined;
  /** 3 when absent. */
  readonly phases?: 1 | 3 | undefined;
  /** What each connector can deliver, W; 11,000 when absent. */
  readonly maxPowerW?: number | undefined;
  readonly model?: Partial<ModelFacts> | undefined;
  /** Registers at the start, whole Wh: one for all connectors, or one each. Made up from the seed when absent. */
  readonly meterStartWh?: number | readonly number[] | undefined;
  /** The car that comes when {@link SimulatedStation.plugIn} does not say which. */
  readonly vehicle?: VehicleFacts | undefined;
  readonly tls?: WireTls | undefined;
  readonly reconnect?: Partial<ReconnectPolicy> | undefined;
  /** The same seed and identity give the same run; 1 when absent. */
  readonly seed?: number | undefined;
  /** Real milliseconds that the central system has for an answer; 30,000 when absent (YKC: 5,000, and the simulated time of the message). */
  readonly callTimeoutMs?: number | undefined;
  /** Settings that differ from the defaults at first: by key (1.6: `HeartbeatInterval`; 2.0.1: `OCPPCommCtrlr.HeartbeatInterval`). */
  readonly configuration?: Readonly<Record<string, string>> | undefined;
  /** Logs are really uploaded and firmware is really downloaded where the location is http(s); off when absent. */
  readonly realTransfers?: boolean | undefined;
  /**
   * OCPP 1.6: how a new AuthorizationKey becomes a password: `hex` carries the bytes that the text stands for (the specification), `text` the
   * text itself (many stations).
   */
  readonly authorizationKeyEncoding?: 'hex' | 'text' | undefined;
  /** Keep every acknowledged message for comparing (true), or only totals. */
  readonly keepLedger?: boolean | undefined;
  /** Commands that this model does not know: answered with NotImplemented. */
  readonly notImplemented?: readonly string[] | undefined;
  /** Answers DataTransfer of a vendor; without one only our own vendor id is known. */
  readonly onDataTransfer?: ((request: DataTransferRequest) => DataTransferAnswer) | undefined;
  /** YKC: what piles have and stations of OCPP have not. */
  readonly pile?: PileOptions | undefined;
}

export interface DataTransferRequest {
  readonly vendorId: string;
  readonly messageId?: string | undefined;
  /** A text in 1.6, anything in 2.0.1. */
  readonly data?: unknown;
}

export interface DataTransferAnswer {
  status: 'Accepted' | 'Rejected' | 'UnknownMessageId' | 'UnknownVendorId';
  data?: string;
}

const MAX_CONNECTORS = 100;

/**
 * @param schemes which URLs the protocol can be spoken over: `ws`, `wss`
 * @throws invalidOption that names what is wrong
 */
export function checkStationOptions(options: SimulatedStationOptions, schemes: readonly string[]): void {
  const { identity, url, connectors = 1, maxPowerW = 0, callTimeoutMs = 1 } = options;
  const refuse = (option: string, reason: string) => {
    throw invalidOption({ option, reason });
  };
  if (identity.length < 1 || identity.length > 128) refuse('identity', 'it must have 1 to 128 characters');
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    throw invalidOption({ option: 'url', reason: `${url} is not a URL` }, error);
  }
  if (!schemes.includes(parsed.protocol.slice(0, -1))) {
    refuse('url', `it must begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
  }
  if (!Number.isInteger(connectors) || connectors < 1 || connectors > MAX_CONNECTORS) {
    refuse('connectors', `a whole number from 1 to ${MAX_CONNECTORS} is needed`);
  }
  if (!(maxPowerW >= 0)) refuse('maxPowerW', 'it must not be negative');
  if (!(callTimeoutMs > 0)) refuse('callTimeoutMs', 'it must be above 0');
  const { meterStartWh } = options;
  if (Array.isArray(meterStartWh) && meterStartWh.length !== connectors) {
    refuse('meterStartWh', `${connectors} values are needed, one for each connector`);
  }
}
