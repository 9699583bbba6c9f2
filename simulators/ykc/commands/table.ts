import type { Command } from './command.ts';
import { moveParkingLock } from './move-parking-lock.ts';
import { clearCards, queryCards, storeCards } from './offline-cards.ts';
import { readRealtime } from './read-realtime.ts';
import { reboot } from './reboot.ts';
import { setClock } from './set-clock.ts';
import { setQrPrefix } from './set-qr-prefix.ts';
import { setTariff } from './set-tariff.ts';
import { setWorkParameters } from './set-work-parameters.ts';
import { start } from './start.ts';
import { startParallel } from './start-parallel.ts';
import { stop } from './stop.ts';
import { updateBalance } from './update-balance.ts';
import { updateFirmware } from './update-firmware.ts';

/** Every frame of the central system that a pile obeys, by its type. */
export const COMMANDS: ReadonlyMap<number, Command> = new Map(
  [
    readRealtime,
    start,
    startParallel,
    stop,
    setClock,
    setTariff,
    setWorkParameters,
    updateBalance,
    storeCards,
    clearCards,
    queryCards,
    reboot,
    updateFirmware,
    moveParkingLock,
    setQrPrefix,
  ].map((one) => [one.request.code, one]),
);
