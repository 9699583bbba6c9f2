import { notPossible } from '../station/errors.ts';
import type { CallFault, FaultRule } from '../station/faults.ts';
import { isVariableKey } from './device-model/device-model.ts';
import type { VariableKey } from './device-model/variables.ts';
import type { SimulatedStation201 } from './station.ts';

/** How the words of scenarios, which are those of OCPP 1.6, read here. The room's README has the tables. */

const KEYS: Readonly<Record<string, VariableKey>> = {
  AllowOfflineTxForUnknownId: 'AuthCtrlr.OfflineTxForUnknownIdEnabled',
  AuthorizationCacheEnabled: 'AuthCacheCtrlr.Enabled',
  AuthorizeRemoteTxRequests: 'AuthCtrlr.AuthorizeRemoteStart',
  ClockAlignedDataInterval: 'AlignedDataCtrlr.Interval',
  ConnectionTimeOut: 'TxCtrlr.EVConnectionTimeOut',
  HeartbeatInterval: 'OCPPCommCtrlr.HeartbeatInterval',
  LocalAuthListEnabled: 'LocalAuthListCtrlr.Enabled',
  LocalAuthorizeOffline: 'AuthCtrlr.LocalAuthorizeOffline',
  LocalPreAuthorize: 'AuthCtrlr.LocalPreAuthorize',
  MaxEnergyOnInvalidId: 'TxCtrlr.MaxEnergyOnInvalidId',
  MeterValueSampleInterval: 'SampledDataCtrlr.TxUpdatedInterval',
  MeterValuesAlignedData: 'AlignedDataCtrlr.Measurands',
  MeterValuesSampledData: 'SampledDataCtrlr.TxUpdatedMeasurands',
  ResetRetries: 'OCPPCommCtrlr.ResetRetries',
  StopTransactionOnEVSideDisconnect: 'TxCtrlr.StopTxOnEVSideDisconnect',
  StopTransactionOnInvalidId: 'TxCtrlr.StopTxOnInvalidId',
  StopTxnAlignedData: 'AlignedDataCtrlr.TxEndedMeasurands',
  StopTxnSampledData: 'SampledDataCtrlr.TxEndedMeasurands',
  TransactionMessageAttempts: 'OCPPCommCtrlr.MessageAttempts[TransactionEvent]',
  TransactionMessageRetryInterval: 'OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]',
  UnlockConnectorOnEVSideDisconnect: 'OCPPCommCtrlr.UnlockOnEVSideDisconnect',
  WebSocketPingInterval: 'OCPPCommCtrlr.WebSocketPingInterval',
};

/** The variable of a key: its own name (`TxCtrlr.TxStartPoint`), or 1.6's word for it. */
export function keyOf(key: string): VariableKey | undefined {
  return isVariableKey(key) ? key : KEYS[key];
}

const ACTIONS: Readonly<Record<string, string>> = {
  ChangeConfiguration: 'SetVariables',
  ExtendedTriggerMessage: 'TriggerMessage',
  GetConfiguration: 'GetVariables',
  GetDiagnostics: 'GetLog',
  RemoteStartTransaction: 'RequestStartTransaction',
  RemoteStopTransaction: 'RequestStopTransaction',
  SignedUpdateFirmware: 'UpdateFirmware',
};

/** What an action of the central system is called here. */
export function ownAction(action: string): string {
  return ACTIONS[action] ?? action;
}

const CALLS: Readonly<Record<string, Pick<FaultRule<CallFault>, 'action' | 'where'>>> = {
  DiagnosticsStatusNotification: { action: 'LogStatusNotification' },
  SignedFirmwareStatusNotification: { action: 'FirmwareStatusNotification' },
  StartTransaction: { action: 'TransactionEvent', where: { eventType: 'Started' } },
  MeterValues: { action: 'TransactionEvent', where: { eventType: 'Updated', triggerReason: 'MeterValuePeriodic' } },
  StopTransaction: { action: 'TransactionEvent', where: { eventType: 'Ended' } },
};

/** A rule for spoiling CALLs as it strikes here. */
export function ownCallRule(rule: FaultRule<CallFault>): FaultRule<CallFault> {
  const own = CALLS[rule.action];
  return own === undefined ? rule : { ...rule, ...own, where: { ...own.where, ...rule.where } };
}

// A scenario's payload is plain data that nobody has checked.
type Payload = Readonly<Record<string, unknown>>;
type Translation = (payload: Payload, station: SimulatedStation201) => object;

const token = (idTag: unknown) => ({ idToken: String(idTag), type: 'ISO14443' });
const evseOf = (connectorId: unknown) =>
  connectorId === 0 || connectorId === undefined ? {} : { evseId: connectorId };
const partOf = (connectorId: unknown) =>
  connectorId === 0 || connectorId === undefined ? {} : { evse: { id: connectorId, connectorId: 1 } };
const given = (fields: Payload) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Commands of 1.6 without a number of their own get one from the time at which they are given. */
const numberAt = (station: SimulatedStation201) => Math.floor(station.time.now() / 1000) % 2_000_000_000;

const PAYLOADS: Readonly<Record<string, Translation>> = {
  CancelReservation: (payload) => payload,
  ChangeAvailability: ({ type, connectorId }) => ({ operationalStatus: type, ...partOf(connectorId) }),
  ChangeConfiguration: ({ key, value }) => {
    const [, component, variable, instance] = /^([^.]+)\.([^[]+)(?:\[(.+)\])?$/.exec(keyOf(String(key)) ?? '') ?? [];
    if (component === undefined) throw notPossible({ reason: `OCPP 2.0.1 has no variable for ${String(key)}.` });
    const name = { name: variable, ...(instance === undefined ? {} : { instance }) };
    return { setVariableData: [{ component: { name: component }, variable: name, attributeValue: value }] };
  },
  ClearCache: () => ({}),
  DataTransfer: (payload) => payload,
  GetDiagnostics: ({ location, retries, retryInterval }, station) => ({
    logType: 'DiagnosticsLog',
    requestId: numberAt(station),
    log: { remoteLocation: location },
    ...given({ retries, retryInterval }),
  }),
  GetLog: (payload) => payload,
  RemoteStartTransaction: ({ idTag, connectorId }, station) => ({
    idToken: token(idTag),
    remoteStartId: numberAt(station),
    ...evseOf(connectorId),
  }),
  ReserveNow: ({ reservationId, connectorId, idTag, parentIdTag, expiryDate }) => ({
    id: reservationId,
    expiryDateTime: expiryDate,
    idToken: token(idTag),
    ...evseOf(connectorId),
    ...(parentIdTag === undefined ? {} : { groupIdToken: token(parentIdTag) }),
  }),
  Reset: ({ type }) => ({ type: type === 'Soft' ? 'OnIdle' : 'Immediate' }),
  SignedUpdateFirmware: (payload) => payload,
  TriggerMessage: ({ requestedMessage, connectorId }) => ({
    requestedMessage: requestedMessage === 'DiagnosticsStatusNotification' ? 'LogStatusNotification' : requestedMessage,
    ...partOf(connectorId),
  }),
  UnlockConnector: ({ connectorId }) => ({ evseId: connectorId, connectorId: 1 }),
  UpdateFirmware: ({ location, retrieveDate, retries, retryInterval }, station) => ({
    requestId: numberAt(station),
    firmware: { location, retrieveDateTime: retrieveDate },
    ...given({ retries, retryInterval }),
  }),
};

/** A command in the words of OCPP 1.6 as one of OCPP 2.0.1. @throws notPossible for commands that a scenario must give in own words */
export function ownCommand(
  station: SimulatedStation201,
  action: string,
  payload: object,
): { readonly action: string; readonly payload: object } {
  const translate = PAYLOADS[action];
  if (translate === undefined) {
    throw notPossible({
      reason: `${action} has no translation to OCPP 2.0.1: give a step with "only": "ocpp2.0.1" beside it.`,
    });
  }
  return { action: ownAction(action), payload: translate(payload as Payload, station) };
}
