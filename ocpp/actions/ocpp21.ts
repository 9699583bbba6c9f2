import { OCPP201_ACTIONS } from './ocpp201.ts';
import type { ActionEntry } from './types.ts';

/** What OCPP 2.1 adds to 2.0.1. */
const ADDED = [
  { action: 'ChangeTransactionTariff', direction: 'to-station', feature: 'tariff-and-cost' },
  { action: 'ClearTariffs', direction: 'to-station', feature: 'tariff-and-cost' },
  { action: 'GetTariffs', direction: 'to-station', feature: 'tariff-and-cost' },
  { action: 'NotifyWebPaymentStarted', direction: 'to-station', feature: 'tariff-and-cost' },
  { action: 'NotifySettlement', direction: 'from-station', feature: 'tariff-and-cost' },
  { action: 'SetDefaultTariff', direction: 'to-station', feature: 'tariff-and-cost' },
  { action: 'VatNumberValidation', direction: 'from-station', feature: 'tariff-and-cost' },
  { action: 'AFRRSignal', direction: 'to-station', feature: 'smart-charging' },
  { action: 'NotifyAllowedEnergyTransfer', direction: 'to-station', feature: 'smart-charging' },
  { action: 'NotifyPriorityCharging', direction: 'from-station', feature: 'smart-charging' },
  { action: 'PullDynamicScheduleUpdate', direction: 'from-station', feature: 'smart-charging' },
  { action: 'UpdateDynamicSchedule', direction: 'to-station', feature: 'smart-charging' },
  { action: 'UsePriorityCharging', direction: 'to-station', feature: 'smart-charging' },
  { action: 'GetCertificateChainStatus', direction: 'from-station', feature: 'iso15118-certificate-management' },
  { action: 'AdjustPeriodicEventStream', direction: 'to-station', feature: 'diagnostics' },
  { action: 'ClosePeriodicEventStream', direction: 'from-station', feature: 'diagnostics' },
  { action: 'GetPeriodicEventStream', direction: 'to-station', feature: 'diagnostics' },
  { action: 'NotifyPeriodicEventStream', direction: 'from-station', feature: 'diagnostics', isSend: true },
  { action: 'OpenPeriodicEventStream', direction: 'from-station', feature: 'diagnostics' },
  { action: 'BatterySwap', direction: 'from-station', feature: 'battery-swapping' },
  { action: 'RequestBatterySwap', direction: 'to-station', feature: 'battery-swapping' },
  { action: 'ClearDERControl', direction: 'to-station', feature: 'der-control' },
  { action: 'GetDERControl', direction: 'to-station', feature: 'der-control' },
  { action: 'NotifyDERAlarm', direction: 'from-station', feature: 'der-control' },
  { action: 'NotifyDERStartStop', direction: 'from-station', feature: 'der-control' },
  { action: 'ReportDERControl', direction: 'from-station', feature: 'der-control' },
  { action: 'SetDERControl', direction: 'to-station', feature: 'der-control' },
] as const satisfies readonly ActionEntry[];

/** Every action of OCPP 2.1: those of 2.0.1 and 27 more. */
export const OCPP21_ACTIONS = [...OCPP201_ACTIONS, ...ADDED] as const satisfies readonly ActionEntry[];

type Row = (typeof OCPP21_ACTIONS)[number];

export type Ocpp21Action = Row['action'];
/** Actions that a station sends. */
export type Ocpp21StationAction = Exclude<Row, { direction: 'to-station' }>['action'];
/** Actions that we send. */
export type Ocpp21CsmsAction = Exclude<Row, { direction: 'from-station' }>['action'];

const BY_NAME: ReadonlyMap<string, ActionEntry> = new Map(OCPP21_ACTIONS.map((entry) => [entry.action, entry]));

/** The row of an action; undefined when 2.1 has none of that name. */
export function findOcpp21Action(action: string): ActionEntry | undefined {
  return BY_NAME.get(action);
}
