import type { Ocpp16CsmsAction, Ocpp16StationAction } from '@voltpile/ocpp/actions/ocpp16';
import type { Ocpp16Request, Ocpp16Response } from '@voltpile/ocpp/actions/ocpp16-payloads';

/**
 * What goes over an OCPP 1.6 connection (core and security extension). Types only: the simulated station shares no running code with
 * the central system that it checks.
 */

/** What a station calls. */
export type StationAction = Ocpp16StationAction;

/** What the central system calls. */
export type CentralAction = Ocpp16CsmsAction;

export type StationRequest<A extends StationAction> = Ocpp16Request<A>;
export type StationResponse<A extends StationAction> = Ocpp16Response<A>;
export type CentralRequest<A extends CentralAction> = Ocpp16Request<A>;
export type CentralResponse<A extends CentralAction> = Ocpp16Response<A>;

export type IdTagInfo = StationResponse<'Authorize'>['idTagInfo'];
export type IdTagStatus = IdTagInfo['status'];
export type ChargePointStatus = StationRequest<'StatusNotification'>['status'];
export type ChargePointErrorCode = StationRequest<'StatusNotification'>['errorCode'];
export type MeterValue = StationRequest<'MeterValues'>['meterValue'][number];
export type SampledValue = MeterValue['sampledValue'][number];
export type Measurand = NonNullable<SampledValue['measurand']>;
export type ReadingContext = NonNullable<SampledValue['context']>;
export type StopReason = NonNullable<StationRequest<'StopTransaction'>['reason']>;
export type ChargingProfile = CentralRequest<'SetChargingProfile'>['csChargingProfiles'];
export type ChargingSchedule = ChargingProfile['chargingSchedule'];
export type ChargingProfilePurpose = ChargingProfile['chargingProfilePurpose'];
export type ChargingRateUnit = ChargingSchedule['chargingRateUnit'];
export type CertificateHashData = CentralRequest<'DeleteCertificate'>['certificateHashData'];
export type CertificateUse = CentralRequest<'InstallCertificate'>['certificateType'];

/** What the central system's handler of an action answers, and what the station does once the answer is on its way. */
export interface CommandAnswer<A extends CentralAction> {
  readonly response: CentralResponse<A>;
  readonly afterwards?: (() => void) | undefined;
}
