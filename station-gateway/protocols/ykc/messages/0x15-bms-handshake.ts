import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import { bmsHandshake } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { decimal } from '../values/decimals.ts';
import { evseIdOf } from '../values/guns.ts';
import { NO_SERIAL } from '../values/serials.ts';
import { printable, vinOf } from '../values/text.ts';

const TYPES: Readonly<Record<number, string>> = bmsHandshake.fields.battType.meanings ?? {};

/** 0x15 (V1.6 §6; nothing answers it): which car and battery it is. */
export const bmsHandshakeMessage: YkcMessage<typeof bmsHandshake.fields> = {
  table: bmsHandshake,
  tells: ['factReported'],
  async handle(values, exchange) {
    const evseId = evseIdOf(values.gun, exchange);
    await exchange.port.factReported({
      origin: exchange.origin(),
      kind: 'vehicle-battery',
      detail: {
        stationTransactionId: values.txSerial === NO_SERIAL ? null : values.txSerial,
        evseId: evseId ?? null,
        vin: vinOf(values.vin),
        batteryType: TYPES[values.battType] ?? values.battType,
        capacityAh: decimal(values.battCapacity, 1),
        voltageV: decimal(values.battVoltage, 1),
        maker: printable(values.battMaker),
        packNumber: values.packNo,
        made: madeOn(values),
        cycles: values.cycles,
        isOwned: values.ownership === 1,
        bmsVersion: values.bmsVer,
        bmsSoftware: values.bmsSw,
      },
    });
  },
};

/** As it is told, `2019-05-07`; null when nothing is. */
function madeOn({ mfgYear, mfgMonth, mfgDay }: ValuesOf<typeof bmsHandshake.fields>): string | null {
  if (mfgMonth === 0 && mfgDay === 0) return null;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${mfgYear}-${two(mfgMonth)}-${two(mfgDay)}`;
}
