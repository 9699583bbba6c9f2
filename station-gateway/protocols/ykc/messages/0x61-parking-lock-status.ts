import { parkingLockStatus } from '@voltpile/ykc/messages/parking-lock';
import type { YkcMessage } from '../message.ts';
import { evseIdOf } from '../values/guns.ts';

const LOCK: Readonly<Record<string, string>> = { '00': 'moving', '55': 'raised', ff: 'lowered' };
const SPACE: Readonly<Record<string, string>> = { '00': 'empty', ff: 'occupied' };
const ALARM: Readonly<Record<string, string>> = { '00': 'none', ff: 'arm-broken', '55': 'abnormal-movement' };

/** 0x61 (V1.6 §6; nothing answers it): the lock that keeps a parking space free. Comes every five minutes; what has not changed is not told again. */
export const parkingLockStatusMessage: YkcMessage<typeof parkingLockStatus.fields> = {
  table: parkingLockStatus,
  tells: ['factReported'],
  async handle({ gun, lock, space, battery, alarm }, exchange) {
    const evseId = evseIdOf(gun, exchange);
    const state = exchange.pile.gun(gun, evseId);
    const detail = {
      evseId: evseId ?? null,
      lock: LOCK[lock] ?? lock,
      space: SPACE[space] ?? space,
      batteryPercent: battery,
      alarm: ALARM[alarm] ?? alarm,
    };
    const told = JSON.stringify(detail);
    if (told === state.lockTold) return;
    await exchange.port.factReported({ origin: exchange.origin(), kind: 'parking-lock', detail });
    state.lockTold = told;
  },
};
