import { bmsHandshake } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { decimal } from '../values/decimals.ts';
import { evseIdOf } from '../values/guns.ts';

const TYPES: Readonly<Record<number, string>> = bmsHandshake.fields.battType.meanings ?? {};

/** 0x15 (V1.6 §6; nothing answers it): which car and battery it is. */
export const bmsHandshakeMessage: YkcMessage<typeof bmsHandshake.fields> = {
  table: bmsHandshake,
  async handle(values, exchange) {
    const { mfgYear, mfgMonth, mfgDay } = values;
    const evseId = evseIdOf(values.gun, exchange);
    await exchange.port.factReported({
      origin: exchange.origin(),
      kind: 'vehicle-battery',
      detail: {
        stationTransactionId: values.txSerial,
        evseId: evseId ?? null,
        vin: values.vin === '' ? null : values.vin,
        batteryType: TYPES[values.battType] ?? values.battType,
        capacityAh: decimal(values.battCapacity, 1),
        voltageV: decimal(values.battVoltage, 1),
        maker: values.battMaker,
        packNumber: values.packNo,
        made: [mfgYear, mfgMonth, mfgDay].join('-'),
        cycles: values.cycles,
        isOwned: values.ownership === 1,
        bmsVersion: values.bmsVer,
        bmsSoftware: values.bmsSw,
      },
    });
  },
};
