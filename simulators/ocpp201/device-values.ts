import { connectorStatusOf } from './connector-status.ts';
import type { DeviceModelHost } from './device-model/device-model.ts';
import type { PartVariableKey, VariableKey } from './device-model/variables.ts';
import type { SimulatedStation201 } from './station.ts';
import type { Connector } from './transaction.ts';

/** Where the values of the device model come from that change by themselves, and what may be set now. */
export function deviceValuesOf(station: SimulatedStation201): DeviceModelHost {
  const values: Partial<Record<VariableKey, () => string>> = {
    'ChargingStation.AvailabilityState': () => availabilityOf(station, station.connectors[0] as Connector),
    'ChargingStation.Model': () => station.facts.model,
    'ChargingStation.Problem': () => String(station.connector(0).isFaulted),
    'ChargingStation.SerialNumber': () => station.facts.serialNumber,
    'ChargingStation.SupplyPhases': () => String(station.phases),
    'ChargingStation.VendorName': () => station.facts.vendor,
    'ClockCtrlr.DateTime': () => station.clock.write(station.clock.now()),
    'Controller.FirmwareVersion': () => station.firmware.version,
    'DisplayMessageCtrlr.DisplayMessages': () => String(station.display.size),
    'LocalAuthListCtrlr.Entries': () => String(station.authorization.localList.size),
    'MonitoringCtrlr.ActiveMonitoringBase': () => station.monitoring.base,
    'MonitoringCtrlr.ActiveMonitoringLevel': () => String(station.monitoring.level),
    'OCPPCommCtrlr.ActiveNetworkProfile': () => String(station.network.activeSlot),
    'SecurityCtrlr.CertificateEntries': () => String(station.certificates.size),
    'SecurityCtrlr.Identity': () => station.identity,
    'SecurityCtrlr.SecurityProfile': () => String(station.network.securityProfile),
    'SmartChargingCtrlr.Entries[ChargingProfiles]': () => String(station.profiles.size),
  };
  return {
    evseCount: station.chargingConnectors.length,
    live: (key) => values[key]?.(),
    livePart: (key, evseId) => partOf(station, key, station.connector(evseId)),
    allows: (key, value) => key !== 'OCPPCommCtrlr.NetworkConfigurationPriority' || station.network.knows(value),
  };
}

function partOf(station: SimulatedStation201, key: PartVariableKey, connector: Connector): string {
  switch (key) {
    case 'Connector.AvailabilityState':
    case 'EVSE.AvailabilityState':
      return availabilityOf(station, connector);
    case 'Connector.Available':
    case 'EVSE.Available':
      return 'true';
    case 'Connector.ConnectorType':
      return 'cType2';
    case 'Connector.Problem':
    case 'EVSE.Problem':
      return String(connector.isFaulted);
    case 'Connector.SupplyPhases':
    case 'EVSE.SupplyPhases':
      return String(station.phases);
    case 'EVSE.Power':
      return String(connector.powerW);
  }
}

function availabilityOf(station: SimulatedStation201, connector: Connector): string {
  if (connector.id > 0) return connectorStatusOf(connector);
  const isBusy = station.chargingConnectors.every((one) => connectorStatusOf(one) === 'Occupied');
  return connector.status === 'Available' && isBusy ? 'Occupied' : connector.status;
}
