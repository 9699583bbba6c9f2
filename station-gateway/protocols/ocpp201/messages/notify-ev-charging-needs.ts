import type { ChargingNeedsReport } from '@voltpile/csms/contract/station-port';
import type { Ocpp201Response } from '@voltpile/ocpp/actions/ocpp201-payloads';
import { asFields, readInteger } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readEvseId } from '../values/evse.ts';

type Status = Ocpp201Response<'NotifyEVChargingNeeds'>['status'];

const STATUSES = { accepted: 'Accepted', rejected: 'Rejected', processing: 'Processing' } as const satisfies Record<
  string,
  Status
>;

/** NotifyEVChargingNeeds (OCPP 2.0.1 Part 2 §1.36; K15): what a car needs, and by when. */
export const notifyEvChargingNeeds: Ocpp201Message<'NotifyEVChargingNeeds'> = {
  action: 'NotifyEVChargingNeeds',
  isTransactional: false,
  async handle(request, exchange) {
    const evseId = readEvseId(request.evseId);
    if (evseId === undefined || evseId === 0) return null;
    const report: ChargingNeedsReport = {
      origin: exchange.origin(),
      evseId,
      maxScheduleTuples: readInteger(request.maxScheduleTuples, 0, 1_000_000),
      needs: asFields(request.chargingNeeds),
    };
    const { status } = await exchange.port.chargingNeedsReported(report);
    return { status: STATUSES[status] };
  },
};
