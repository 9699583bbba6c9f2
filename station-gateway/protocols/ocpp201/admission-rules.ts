import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { CallReply, InboundCall } from '@voltpile/ocpp/rpc/types';
import type { Conversation } from '../dialect.ts';
import type { AdmissionRules } from '../ocpp-j/json-dialect.ts';
import { asFields } from '../ocpp-j/values/fields.ts';

/** How long a message may come that a TriggerMessage has asked for. One trigger may bring several: a StatusNotification for each connector. */
const TRIGGERED_SECONDS = 60;
/** A report comes in many parts. */
const REPORT_SECONDS = 600;

/**
 * Who may talk before it is accepted (OCPP 2.0.1 B02.FR.02, B02.FR.09, B03.FR.03, B03.FR.07): a station that is Pending sends
 * BootNotification, and what we have asked it for; one that is Rejected sends BootNotification only. Anything else is refused with
 * SecurityError, facts included: the station keeps them, and delivers them once it is accepted.
 */
export const admissionRules: AdmissionRules = {
  refuse(call, conversation) {
    const { registrationStatus } = conversation;
    if (registrationStatus === 'Accepted' || call.action === 'BootNotification') return null;
    if (registrationStatus === 'Pending' && isAskedFor(call, conversation)) return null;
    return securityError(
      registrationStatus === 'Pending'
        ? 'The station is not accepted yet: only BootNotification, and what was asked for, may be sent.'
        : 'The station is not accepted.',
    );
  },
  expect(command, conversation) {
    const what = askedBy(command);
    // Noted before it is sent: what was asked for may overtake the answer.
    if (what !== undefined) conversation.expect(what.name, what.seconds);
  },
  forget(command, conversation) {
    const what = askedBy(command);
    if (what !== undefined) conversation.forget(what.name);
  },
};

function isAskedFor(call: InboundCall, conversation: Conversation): boolean {
  if (conversation.isExpected(call.action)) return true;
  if (call.action !== 'NotifyReport') return false;
  const { requestId } = asFields(call.payload);
  return conversation.isExpected(reportName(requestId));
}

/** Messages that a trigger names otherwise than the action. */
const TRIGGERED: ReadonlyMap<string, string> = new Map([
  ['SignChargingStationCertificate', 'SignCertificate'],
  ['SignCombinedCertificate', 'SignCertificate'],
  ['SignV2GCertificate', 'SignCertificate'],
  ['SignChargePointCertificate', 'SignCertificate'],
  ['DiagnosticsStatusNotification', 'LogStatusNotification'],
]);

interface AskedFor {
  readonly name: string;
  readonly seconds: number;
}

function askedBy(command: StationCommand): AskedFor | undefined {
  switch (command.action) {
    case 'trigger-message':
    case 'extended-trigger-message':
      return triggered(command.payload.requestedMessage);
    case 'get-base-report':
    case 'get-report':
      return report(command.payload.requestId);
    case 'raw-call':
      return askedByRaw(command.payload.action, asFields(command.payload.payload));
    default:
      return undefined;
  }
}

/** The same requests in the version's own words. */
function askedByRaw(action: string, payload: Readonly<Record<string, unknown>>): AskedFor | undefined {
  switch (action) {
    case 'TriggerMessage':
      return triggered(String(payload.requestedMessage));
    case 'GetBaseReport':
    case 'GetReport':
      return report(payload.requestId);
    default:
      return undefined;
  }
}

function triggered(message: string): AskedFor {
  return { name: TRIGGERED.get(message) ?? message, seconds: TRIGGERED_SECONDS };
}

function report(requestId: unknown): AskedFor {
  return { name: reportName(requestId), seconds: REPORT_SECONDS };
}

function reportName(requestId: unknown): string {
  return `NotifyReport#${String(requestId).slice(0, 20)}`;
}

function securityError(description: string): CallReply {
  return { kind: 'error', code: 'SecurityError', description };
}
