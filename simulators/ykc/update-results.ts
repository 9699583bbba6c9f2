import { firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import type { FirmwareStatus } from '../station/firmware.ts';
import type { SimulatedPile } from './pile.ts';

/** How 0x93 calls what came of an update; there is no word for one that could not be installed. */
const RESULTS: Readonly<Partial<Record<FirmwareStatus, number>>> = {
  Installed: 0,
  DownloadFailed: 3,
  InstallationFailed: 3,
};

/** 0x93: told when the update is over, which may be after a reboot, and once the pile is logged in. */
export class UpdateResults {
  readonly #pile: SimulatedPile;
  #untold: number | undefined;

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  report(status: FirmwareStatus): void {
    this.#untold = RESULTS[status] ?? this.#untold;
    this.tell();
  }

  /** Tells what has waited. */
  tell(): void {
    const status = this.#untold;
    if (status === undefined) return;
    const isTold = this.#pile.say(firmwareUpdateReply, { pileNo: this.#pile.identity, status });
    if (isTold) this.#untold = undefined;
  }
}
