import type { Ocpp201CsmsAction, Ocpp201StationAction } from '@voltpile/ocpp/actions/ocpp201';
import type { Ocpp201Request, Ocpp201Response } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { Answer } from '../station/words.ts';

/**
 * What goes over an OCPP 2.0.1 connection. Types only: the simulated station shares no running code with the central system that it
 * checks.
 */

/** What a station calls. */
export type StationAction = Ocpp201StationAction;

/** What the central system calls. */
export type CentralAction = Ocpp201CsmsAction;

export type StationRequest<A extends StationAction> = Ocpp201Request<A>;
export type StationResponse<A extends StationAction> = Ocpp201Response<A>;
export type CentralRequest<A extends CentralAction> = Ocpp201Request<A>;
export type CentralResponse<A extends CentralAction> = Ocpp201Response<A>;

export type IdToken = StationRequest<'Authorize'>['idToken'];
export type IdTokenInfo = StationResponse<'Authorize'>['idTokenInfo'];
export type ConnectorStatus = StationRequest<'StatusNotification'>['connectorStatus'];
export type TransactionEvent = StationRequest<'TransactionEvent'>;
export type TriggerReason = TransactionEvent['triggerReason'];
export type ChargingState = NonNullable<TransactionEvent['transactionInfo']['chargingState']>;
export type StoppedReason = NonNullable<TransactionEvent['transactionInfo']['stoppedReason']>;
export type MeterValue = StationRequest<'MeterValues'>['meterValue'][number];
export type SampledValue = MeterValue['sampledValue'][number];
export type ReadingContext = NonNullable<SampledValue['context']>;
export type ChargingProfile = CentralRequest<'SetChargingProfile'>['chargingProfile'];
export type ChargingProfilePurpose = ChargingProfile['chargingProfilePurpose'];
export type ChargingLimitSource = StationRequest<'ReportChargingProfiles'>['chargingLimitSource'];
export type Component = CentralRequest<'GetVariables'>['getVariableData'][number]['component'];
export type Variable = CentralRequest<'GetVariables'>['getVariableData'][number]['variable'];
export type ComponentVariable = NonNullable<CentralRequest<'GetReport'>['componentVariable']>[number];
export type ReportData = NonNullable<StationRequest<'NotifyReport'>['reportData']>[number];
export type MonitoringData = NonNullable<StationRequest<'NotifyMonitoringReport'>['monitor']>[number];
export type EventData = StationRequest<'NotifyEvent'>['eventData'][number];
export type DisplayMessage = CentralRequest<'SetDisplayMessage'>['message'];
export type NetworkProfile = CentralRequest<'SetNetworkProfile'>['connectionData'];

/** What the central system's command is answered with, and what the station does once the answer is on its way. */
export type CommandAnswer<A extends CentralAction> = Answer<CentralResponse<A>>;
