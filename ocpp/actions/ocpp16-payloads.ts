import type * as schema from 'typed-ocpp/dist/ocpp16/types.js';
import type { Ocpp16Action } from './ocpp16.ts';

/** Payload types of OCPP 1.6 by action, made from the schemas by `typed-ocpp`. */
interface Requests {
  Authorize: schema.AuthorizeRequest;
  BootNotification: schema.BootNotificationRequest;
  CancelReservation: schema.CancelReservationRequest;
  CertificateSigned: schema.CertificateSignedRequest;
  ChangeAvailability: schema.ChangeAvailabilityRequest;
  ChangeConfiguration: schema.ChangeConfigurationRequest;
  ClearCache: schema.ClearCacheRequest;
  ClearChargingProfile: schema.ClearChargingProfileRequest;
  DataTransfer: schema.DataTransferRequest;
  DeleteCertificate: schema.DeleteCertificateRequest;
  DiagnosticsStatusNotification: schema.DiagnosticsStatusNotificationRequest;
  ExtendedTriggerMessage: schema.ExtendedTriggerMessageRequest;
  FirmwareStatusNotification: schema.FirmwareStatusNotificationRequest;
  GetCompositeSchedule: schema.GetCompositeScheduleRequest;
  GetConfiguration: schema.GetConfigurationRequest;
  GetDiagnostics: schema.GetDiagnosticsRequest;
  GetInstalledCertificateIds: schema.GetInstalledCertificateIdsRequest;
  GetLocalListVersion: schema.GetLocalListVersionRequest;
  GetLog: schema.GetLogRequest;
  Heartbeat: schema.HeartbeatRequest;
  InstallCertificate: schema.InstallCertificateRequest;
  LogStatusNotification: schema.LogStatusNotificationRequest;
  MeterValues: schema.MeterValuesRequest;
  RemoteStartTransaction: schema.RemoteStartTransactionRequest;
  RemoteStopTransaction: schema.RemoteStopTransactionRequest;
  ReserveNow: schema.ReserveNowRequest;
  Reset: schema.ResetRequest;
  SecurityEventNotification: schema.SecurityEventNotificationRequest;
  SendLocalList: schema.SendLocalListRequest;
  SetChargingProfile: schema.SetChargingProfileRequest;
  SignCertificate: schema.SignCertificateRequest;
  SignedFirmwareStatusNotification: schema.SignedFirmwareStatusNotificationRequest;
  SignedUpdateFirmware: schema.SignedUpdateFirmwareRequest;
  StartTransaction: schema.StartTransactionRequest;
  StatusNotification: schema.StatusNotificationRequest;
  StopTransaction: schema.StopTransactionRequest;
  TriggerMessage: schema.TriggerMessageRequest;
  UnlockConnector: schema.UnlockConnectorRequest;
  UpdateFirmware: schema.UpdateFirmwareRequest;
}

interface Responses {
  Authorize: schema.AuthorizeResponse;
  BootNotification: schema.BootNotificationResponse;
  CancelReservation: schema.CancelReservationResponse;
  CertificateSigned: schema.CertificateSignedResponse;
  ChangeAvailability: schema.ChangeAvailabilityResponse;
  ChangeConfiguration: schema.ChangeConfigurationResponse;
  ClearCache: schema.ClearCacheResponse;
  ClearChargingProfile: schema.ClearChargingProfileResponse;
  DataTransfer: schema.DataTransferResponse;
  DeleteCertificate: schema.DeleteCertificateResponse;
  DiagnosticsStatusNotification: schema.DiagnosticsStatusNotificationResponse;
  ExtendedTriggerMessage: schema.ExtendedTriggerMessageResponse;
  FirmwareStatusNotification: schema.FirmwareStatusNotificationResponse;
  GetCompositeSchedule: schema.GetCompositeScheduleResponse;
  GetConfiguration: schema.GetConfigurationResponse;
  GetDiagnostics: schema.GetDiagnosticsResponse;
  GetInstalledCertificateIds: schema.GetInstalledCertificateIdsResponse;
  GetLocalListVersion: schema.GetLocalListVersionResponse;
  GetLog: schema.GetLogResponse;
  Heartbeat: schema.HeartbeatResponse;
  InstallCertificate: schema.InstallCertificateResponse;
  LogStatusNotification: schema.LogStatusNotificationResponse;
  MeterValues: schema.MeterValuesResponse;
  RemoteStartTransaction: schema.RemoteStartTransactionResponse;
  RemoteStopTransaction: schema.RemoteStopTransactionResponse;
  ReserveNow: schema.ReserveNowResponse;
  Reset: schema.ResetResponse;
  SecurityEventNotification: schema.SecurityEventNotificationResponse;
  SendLocalList: schema.SendLocalListResponse;
  SetChargingProfile: schema.SetChargingProfileResponse;
  SignCertificate: schema.SignCertificateResponse;
  SignedFirmwareStatusNotification: schema.SignedFirmwareStatusNotificationResponse;
  SignedUpdateFirmware: schema.SignedUpdateFirmwareResponse;
  StartTransaction: schema.StartTransactionResponse;
  StatusNotification: schema.StatusNotificationResponse;
  StopTransaction: schema.StopTransactionResponse;
  TriggerMessage: schema.TriggerMessageResponse;
  UnlockConnector: schema.UnlockConnectorResponse;
  UpdateFirmware: schema.UpdateFirmwareResponse;
}

/** Payload of an action's CALL. */
export type Ocpp16Request<A extends Ocpp16Action> = Requests[A];

/** Payload of an action's CALLRESULT. */
export type Ocpp16Response<A extends Ocpp16Action> = Responses[A];
