import { MEASURANDS } from '../station/meter-reading.ts';

/**
 * Configuration keys of OCPP 1.6 (edition 2, chapter 9) and its security extension, as this station supports them. One shared table:
 * a station keeps only the values that were changed.
 */
export interface ConfigurationKey {
  readonly value: string;
  readonly readonly?: boolean;
  /** A change counts from the next boot on and is answered with RebootRequired. */
  readonly rebootRequired?: boolean;
  /** Never shown by GetConfiguration. */
  readonly writeOnly?: boolean;
  readonly rule: ValueRule;
}

export type ValueRule =
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'boolean' }
  | { readonly type: 'text'; readonly minLength: number; readonly maxLength: number }
  | { readonly type: 'list'; readonly members: readonly string[] | null; readonly maxLength: number };

const DEFAULT_MEASURANDS = 'Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC,Temperature';
const seconds = { type: 'integer', min: 0, max: 2_147_483 } as const;
const flag = { type: 'boolean' } as const;
const measurands = { type: 'list', members: MEASURANDS, maxLength: MEASURANDS.length } as const;
const count = { type: 'integer', min: 0, max: 1_000_000 } as const;
const free = { type: 'list', members: null, maxLength: 50 } as const;

export const CONFIGURATION_KEYS = {
  // Core profile
  AllowOfflineTxForUnknownId: { value: 'false', rule: flag },
  AuthorizationCacheEnabled: { value: 'true', rule: flag },
  AuthorizeRemoteTxRequests: { value: 'false', rule: flag },
  BlinkRepeat: { value: '3', rule: { type: 'integer', min: 0, max: 100 } },
  ClockAlignedDataInterval: { value: '0', rule: { type: 'integer', min: 0, max: 86_400 } },
  ConnectionTimeOut: { value: '60', rule: seconds },
  ConnectorPhaseRotation: { value: '0.RST', rebootRequired: true, rule: free },
  ConnectorPhaseRotationMaxLength: { value: '50', readonly: true, rule: count },
  GetConfigurationMaxKeys: { value: '100', readonly: true, rule: count },
  HeartbeatInterval: { value: '300', rule: seconds },
  LightIntensity: { value: '60', rule: { type: 'integer', min: 0, max: 100 } },
  LocalAuthorizeOffline: { value: 'true', rule: flag },
  LocalPreAuthorize: { value: 'false', rule: flag },
  MaxEnergyOnInvalidId: { value: '0', rule: count },
  MeterValueSampleInterval: { value: '60', rule: { type: 'integer', min: 0, max: 86_400 } },
  MeterValuesAlignedData: { value: 'Energy.Active.Import.Register', rule: measurands },
  MeterValuesAlignedDataMaxLength: { value: '8', readonly: true, rule: count },
  MeterValuesSampledData: { value: DEFAULT_MEASURANDS, rule: measurands },
  MeterValuesSampledDataMaxLength: { value: '8', readonly: true, rule: count },
  MinimumStatusDuration: { value: '0', rule: seconds },
  NumberOfConnectors: { value: '1', readonly: true, rule: count },
  ResetRetries: { value: '1', rule: { type: 'integer', min: 0, max: 100 } },
  StopTransactionMaxMeterValues: { value: '500', readonly: true, rule: count },
  StopTransactionOnEVSideDisconnect: { value: 'true', rule: flag },
  StopTransactionOnInvalidId: { value: 'true', rule: flag },
  StopTxnAlignedData: { value: '', rule: measurands },
  StopTxnAlignedDataMaxLength: { value: '8', readonly: true, rule: count },
  StopTxnSampledData: { value: '', rule: measurands },
  StopTxnSampledDataMaxLength: { value: '8', readonly: true, rule: count },
  SupportedFeatureProfiles: {
    value: 'Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger',
    readonly: true,
    rule: free,
  },
  SupportedFeatureProfilesMaxLength: { value: '6', readonly: true, rule: count },
  TransactionMessageAttempts: { value: '3', rule: { type: 'integer', min: 0, max: 1000 } },
  TransactionMessageRetryInterval: { value: '60', rule: seconds },
  UnlockConnectorOnEVSideDisconnect: { value: 'true', rule: flag },
  WebSocketPingInterval: { value: '0', rule: { type: 'integer', min: 0, max: 86_400 } },
  // Local authorisation list profile
  LocalAuthListEnabled: { value: 'true', rule: flag },
  LocalAuthListMaxLength: { value: '1000', readonly: true, rule: count },
  SendLocalListMaxLength: { value: '500', readonly: true, rule: count },
  // Reservation profile
  ReserveConnectorZeroSupported: { value: 'true', readonly: true, rule: flag },
  // Smart charging profile
  ChargeProfileMaxStackLevel: { value: '10', readonly: true, rule: count },
  ChargingScheduleAllowedChargingRateUnit: { value: 'Current,Power', readonly: true, rule: free },
  ChargingScheduleMaxPeriods: { value: '48', readonly: true, rule: count },
  ConnectorSwitch3to1PhaseSupported: { value: 'false', readonly: true, rule: flag },
  MaxChargingProfilesInstalled: { value: '20', readonly: true, rule: count },
  // Security extension
  AdditionalRootCertificateCheck: { value: 'false', readonly: true, rule: flag },
  AuthorizationKey: { value: '', writeOnly: true, rule: { type: 'text', minLength: 16, maxLength: 40 } },
  CertificateSignedMaxChainSize: { value: '10000', readonly: true, rule: count },
  CertificateStoreMaxLength: { value: '10', readonly: true, rule: count },
  CpoName: { value: 'Voltpile', rule: { type: 'text', minLength: 1, maxLength: 64 } },
  SecurityProfile: { value: '0', rule: { type: 'integer', min: 0, max: 3 } },
  // “OCPP & California Pricing Requirements” of the Open Charge Alliance
  CustomDisplayCostAndPrice: { value: 'true', readonly: true, rule: flag },
  // This vendor's own
  CentralSystemURL: { value: '', rebootRequired: true, rule: { type: 'text', minLength: 1, maxLength: 500 } },
} as const satisfies Record<string, ConfigurationKey>;

export type ConfigurationKeyName = keyof typeof CONFIGURATION_KEYS;
