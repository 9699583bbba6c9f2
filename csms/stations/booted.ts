import type { Clock } from '@voltpile/kernel/clock';
import { toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { BootDecision, BootReport } from '../contract/station-port.ts';
import { FactText } from './fact-text.ts';
import type { StationWriter } from './station-writer.ts';

/** How long a station that is not accepted (yet) waits before it asks again. */
const RETRY_SECONDS = 60;
/** Stations that were switched on together ask again spread over a fifth of the interval. */
const JITTER = 0.1;
const MAX_LENGTH = 255;

export interface BootedDependencies {
  readonly writer: StationWriter;
  readonly clock: Clock;
  readonly heartbeatIntervalSeconds: number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

/**
 * A station has started. What it says about itself is stored, and kept as a report. The interval of an accepted station is its heartbeat
 * interval; of another one the time until its next attempt (OCPP 1.6 §4.2), never 0, because 0 lets firmware choose for itself.
 */
export async function booted(dependencies: BootedDependencies, report: BootReport): Promise<BootDecision> {
  const { writer, clock, heartbeatIntervalSeconds, random } = dependencies;
  const { station, receivedAt, oddities } = report.origin;
  const text = new FactText(oddities);
  const facts = {
    vendor: text.read('vendor', report.vendor, MAX_LENGTH),
    model: text.read('model', report.model, MAX_LENGTH),
    serialNumber: text.read('serialNumber', report.serialNumber, MAX_LENGTH),
    firmwareVersion: text.read('firmwareVersion', report.firmwareVersion, MAX_LENGTH),
    iccid: text.read('iccid', report.iccid, MAX_LENGTH),
    imsi: text.read('imsi', report.imsi, MAX_LENGTH),
    meterType: text.read('meterType', report.meterType, MAX_LENGTH),
    meterSerialNumber: text.read('meterSerialNumber', report.meterSerialNumber, MAX_LENGTH),
  };
  const { flags } = text;
  const result = await writer.submit<'boot'>({
    kind: 'boot',
    station,
    boot: { station, bootedAt: receivedAt, ...facts },
    // OCPP 2.0.1 BootReasonEnumType: the answer to TriggerMessage is no restart.
    restarted: report.reason !== 'Triggered',
    report: { id: uuidv7(), station, kind: 'boot', occurredAt: receivedAt, receivedAt, detail: facts, flags },
    event: { type: 'station.booted', data: { ...facts, bootedAt: toIso(receivedAt), flags } },
  });
  const status = result.registrationStatus;
  const intervalSeconds =
    status === 'Accepted'
      ? (result.heartbeatIntervalSeconds ?? heartbeatIntervalSeconds)
      : Math.round(RETRY_SECONDS * (1 - JITTER + 2 * JITTER * random()));
  return { status, currentTime: clock.now(), intervalSeconds };
}
