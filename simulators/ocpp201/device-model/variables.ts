import { MEASURANDS } from '../../station/meter-reading.ts';
import {
  flag,
  integer,
  members,
  option,
  READ_ONLY,
  seconds,
  text,
  type VariableDefinition,
} from './variable-definition.ts';

/** Temperature is no measurand of OCPP 2.0.1. */
export const MEASURANDS_201 = MEASURANDS.filter((measurand) => measurand !== 'Temperature');

const ENERGY = 'Energy.Active.Import.Register';
const DEFAULT_MEASURANDS = `${ENERGY},Power.Active.Import,Current.Import,Voltage,SoC`;
const available = flag(true, READ_ONLY);
const enabled = flag(true);
const measurands = (value: string) => members(value, MEASURANDS_201);
const items = (value: number) => integer(value, { ...READ_ONLY, max: 1000 });
const bytes = integer(65_536, READ_ONLY);
/** Worked out when somebody asks. */
const live = text('', READ_ONLY);
const liveCount = (max: number) => integer(0, { ...READ_ONLY, max, monitorable: true });

/** Points at which a transaction may start and stop, as far as this station can tell them. */
export const TX_POINTS = ['EVConnected', 'Authorized', 'PowerPathClosed', 'EnergyTransfer'] as const;
export type TxPoint = (typeof TX_POINTS)[number];

/**
 * Variables of the station as a whole (OCPP 2.0.1, part 2, 2: referenced components and variables), as `Component.Variable`, with the
 * variable's instance in brackets. One shared table: a station keeps only the values that were changed.
 */
export const VARIABLES = {
  'AlignedDataCtrlr.Available': available,
  'AlignedDataCtrlr.Enabled': enabled,
  'AlignedDataCtrlr.Interval': seconds(0, { max: 86_400 }),
  'AlignedDataCtrlr.Measurands': measurands(ENERGY),
  'AlignedDataCtrlr.SendDuringIdle': flag(false),
  'AlignedDataCtrlr.TxEndedInterval': seconds(0, { max: 86_400 }),
  'AlignedDataCtrlr.TxEndedMeasurands': measurands(''),
  'AuthCacheCtrlr.Available': available,
  'AuthCacheCtrlr.Enabled': enabled,
  'AuthCacheCtrlr.LifeTime': seconds(0),
  'AuthCtrlr.AuthorizeRemoteStart': flag(false),
  'AuthCtrlr.DisableRemoteAuthorization': flag(false),
  'AuthCtrlr.Enabled': flag(true, READ_ONLY),
  'AuthCtrlr.LocalAuthorizeOffline': flag(true),
  'AuthCtrlr.LocalPreAuthorize': flag(false),
  'AuthCtrlr.MasterPassGroupId': text('', { max: 36 }),
  'AuthCtrlr.OfflineTxForUnknownIdEnabled': flag(false),
  'ChargingStation.AvailabilityState': { ...live, monitorable: true },
  'ChargingStation.Available': available,
  'ChargingStation.Model': live,
  'ChargingStation.Problem': flag(false, { ...READ_ONLY, monitorable: true }),
  'ChargingStation.SerialNumber': live,
  'ChargingStation.SupplyPhases': integer(3, READ_ONLY),
  'ChargingStation.VendorName': live,
  'ClockCtrlr.DateTime': { ...live, dataType: 'dateTime' },
  'ClockCtrlr.TimeSource': { ...members('Heartbeat', ['Heartbeat']), dataType: 'SequenceList' },
  'ClockCtrlr.TimeZone': text('UTC', { max: 40 }),
  'Controller.FirmwareVersion': live,
  'CustomizationCtrlr.CustomImplementationEnabled[Voltpile]': flag(false, READ_ONLY),
  'DeviceDataCtrlr.BytesPerMessage[GetReport]': integer(65_536, { min: 500 }),
  'DeviceDataCtrlr.BytesPerMessage[GetVariables]': bytes,
  'DeviceDataCtrlr.BytesPerMessage[SetVariables]': bytes,
  'DeviceDataCtrlr.ConfigurationValueSize': integer(1000, READ_ONLY),
  'DeviceDataCtrlr.ItemsPerMessage[GetReport]': integer(25, { min: 1, max: 1000 }),
  'DeviceDataCtrlr.ItemsPerMessage[GetVariables]': items(50),
  'DeviceDataCtrlr.ItemsPerMessage[SetVariables]': items(50),
  'DeviceDataCtrlr.ReportingValueSize': integer(2500, READ_ONLY),
  'DisplayMessageCtrlr.Available': available,
  'DisplayMessageCtrlr.DisplayMessages': liveCount(10),
  'DisplayMessageCtrlr.Enabled': enabled,
  'DisplayMessageCtrlr.SupportedFormats': members('ASCII,UTF8', ['ASCII', 'UTF8'], READ_ONLY),
  'DisplayMessageCtrlr.SupportedPriorities': members(
    'AlwaysFront,InFront,NormalCycle',
    ['AlwaysFront', 'InFront', 'NormalCycle'],
    READ_ONLY,
  ),
  'LocalAuthListCtrlr.Available': available,
  'LocalAuthListCtrlr.BytesPerMessage': bytes,
  'LocalAuthListCtrlr.Enabled': enabled,
  'LocalAuthListCtrlr.Entries': liveCount(1000),
  'LocalAuthListCtrlr.ItemsPerMessage': items(500),
  'MonitoringCtrlr.ActiveMonitoringBase': live,
  'MonitoringCtrlr.ActiveMonitoringLevel': integer(9, { ...READ_ONLY, max: 9 }),
  /** This vendor's own: changes of AvailabilityState are told by NotifyEvent without a monitor. */
  'MonitoringCtrlr.AvailabilityEvents': flag(false),
  'MonitoringCtrlr.Available': available,
  'MonitoringCtrlr.BytesPerMessage[ClearVariableMonitoring]': bytes,
  'MonitoringCtrlr.BytesPerMessage[SetVariableMonitoring]': bytes,
  'MonitoringCtrlr.Enabled': enabled,
  'MonitoringCtrlr.ItemsPerMessage[ClearVariableMonitoring]': items(50),
  'MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]': items(50),
  'MonitoringCtrlr.OfflineQueuingSeverity': integer(9, { max: 9 }),
  'OCPPCommCtrlr.ActiveNetworkProfile': integer(1, READ_ONLY),
  'OCPPCommCtrlr.FileTransferProtocols': members('HTTP,HTTPS', ['HTTP', 'HTTPS'], READ_ONLY),
  'OCPPCommCtrlr.HeartbeatInterval': seconds(300, { monitorable: true }),
  'OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]': seconds(60),
  'OCPPCommCtrlr.MessageAttempts[TransactionEvent]': integer(3, { max: 1000 }),
  'OCPPCommCtrlr.MessageTimeout[Default]': seconds(30, READ_ONLY),
  'OCPPCommCtrlr.NetworkConfigurationPriority': {
    ...text('1', { min: 1, max: 3, rebootRequired: true }),
    dataType: 'SequenceList',
    values: ['1', '2', '3'],
  },
  'OCPPCommCtrlr.NetworkProfileConnectionAttempts': integer(3, { max: 100 }),
  'OCPPCommCtrlr.OfflineThreshold': seconds(60),
  'OCPPCommCtrlr.QueueAllMessages': flag(false, READ_ONLY),
  'OCPPCommCtrlr.ResetRetries': integer(1, { max: 100 }),
  'OCPPCommCtrlr.RetryBackOffRandomRange': seconds(5, { max: 3600 }),
  'OCPPCommCtrlr.RetryBackOffRepeatTimes': integer(5, { max: 100 }),
  'OCPPCommCtrlr.RetryBackOffWaitMinimum': seconds(1, { max: 3600 }),
  'OCPPCommCtrlr.UnlockOnEVSideDisconnect': flag(true),
  'OCPPCommCtrlr.WebSocketPingInterval': seconds(0, { max: 86_400 }),
  'ReservationCtrlr.Available': available,
  'ReservationCtrlr.Enabled': enabled,
  'ReservationCtrlr.NonEvseSpecific': flag(true, READ_ONLY),
  'SampledDataCtrlr.Available': available,
  'SampledDataCtrlr.Enabled': enabled,
  'SampledDataCtrlr.TxEndedInterval': seconds(0, { max: 86_400 }),
  'SampledDataCtrlr.TxEndedMeasurands': measurands(ENERGY),
  'SampledDataCtrlr.TxStartedMeasurands': measurands(ENERGY),
  'SampledDataCtrlr.TxUpdatedInterval': seconds(60, { max: 86_400 }),
  'SampledDataCtrlr.TxUpdatedMeasurands': measurands(DEFAULT_MEASURANDS),
  'SecurityCtrlr.AdditionalRootCertificateCheck': flag(false, READ_ONLY),
  'SecurityCtrlr.BasicAuthPassword': text('', { mutability: 'WriteOnly', min: 16, max: 40 }),
  'SecurityCtrlr.CertSigningRepeatTimes': integer(2, { max: 100 }),
  'SecurityCtrlr.CertSigningWaitMinimum': seconds(30),
  'SecurityCtrlr.CertificateEntries': liveCount(10),
  'SecurityCtrlr.Identity': live,
  'SecurityCtrlr.MaxCertificateChainSize': integer(10_000, READ_ONLY),
  'SecurityCtrlr.OrganizationName': text('Voltpile', { min: 1, max: 64 }),
  'SecurityCtrlr.SecurityProfile': integer(0, { ...READ_ONLY, max: 3 }),
  'SmartChargingCtrlr.ACPhaseSwitchingSupported': flag(false, READ_ONLY),
  'SmartChargingCtrlr.Available': available,
  'SmartChargingCtrlr.Enabled': enabled,
  'SmartChargingCtrlr.Entries[ChargingProfiles]': liveCount(20),
  'SmartChargingCtrlr.ExternalControlSignalsEnabled': flag(true),
  'SmartChargingCtrlr.LimitChangeSignificance': { ...integer(1, { max: 100, unit: 'Percent' }), dataType: 'decimal' },
  'SmartChargingCtrlr.NotifyChargingLimitWithSchedules': flag(true),
  'SmartChargingCtrlr.PeriodsPerSchedule': integer(48, READ_ONLY),
  'SmartChargingCtrlr.ProfileStackLevel': integer(10, READ_ONLY),
  'SmartChargingCtrlr.RateUnit': members('A,W', ['A', 'W'], READ_ONLY),
  'TariffCostCtrlr.Available[Cost]': available,
  'TariffCostCtrlr.Available[Tariff]': available,
  'TariffCostCtrlr.Currency': text('EUR', { min: 3, max: 3 }),
  'TariffCostCtrlr.Enabled[Cost]': enabled,
  'TariffCostCtrlr.Enabled[Tariff]': enabled,
  'TariffCostCtrlr.TariffFallbackMessage': text('', { max: 255 }),
  'TariffCostCtrlr.TotalCostFallbackMessage': text('', { max: 255 }),
  'TxCtrlr.EVConnectionTimeOut': seconds(60),
  'TxCtrlr.MaxEnergyOnInvalidId': integer(0, { unit: 'Wh', max: 1_000_000 }),
  'TxCtrlr.StopTxOnEVSideDisconnect': flag(true),
  'TxCtrlr.StopTxOnInvalidId': flag(true),
  'TxCtrlr.TxBeforeAcceptedEnabled': flag(false, READ_ONLY),
  'TxCtrlr.TxStartPoint': members('PowerPathClosed', TX_POINTS, { min: 1 }),
  'TxCtrlr.TxStopPoint': members('EVConnected,Authorized', TX_POINTS, { min: 1 }),
} as const satisfies Record<string, VariableDefinition>;

export type VariableKey = keyof typeof VARIABLES;

/** Variables of each EVSE and of each connector; their values are worked out. */
export const PART_VARIABLES = {
  'Connector.AvailabilityState': option('', ['Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted'], {
    ...READ_ONLY,
    monitorable: true,
  }),
  'Connector.Available': available,
  'Connector.ConnectorType': text('cType2', READ_ONLY),
  'Connector.Problem': flag(false, { ...READ_ONLY, monitorable: true }),
  'Connector.SupplyPhases': integer(3, READ_ONLY),
  'EVSE.AvailabilityState': option('', ['Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted'], {
    ...READ_ONLY,
    monitorable: true,
  }),
  'EVSE.Available': available,
  'EVSE.Power': { ...integer(0, { ...READ_ONLY, unit: 'W', monitorable: true }), dataType: 'decimal' },
  'EVSE.Problem': flag(false, { ...READ_ONLY, monitorable: true }),
  'EVSE.SupplyPhases': integer(3, READ_ONLY),
} as const satisfies Record<string, VariableDefinition>;

export type PartVariableKey = keyof typeof PART_VARIABLES;
