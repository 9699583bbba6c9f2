import type { DeviceModel } from './device-model/device-model.ts';
import { splitList } from './device-model/variable-definition.ts';
import type { CentralResponse, NetworkProfile } from './types.ts';

const SLOTS = [1, 2, 3] as const;
const FIRST_SLOT = 1;

/** Network connection profiles (OCPP 2.0.1, B09 and B10): slot 1 is what the station was switched on with. */
export class Network {
  readonly #device: () => DeviceModel;
  readonly #profiles = new Map<number, Pick<NetworkProfile, 'ocppCsmsUrl' | 'securityProfile'>>();
  #activeSlot = FIRST_SLOT;

  /** @param device asked when it is needed: the two know each other */
  constructor(url: string, hasPassword: boolean, device: () => DeviceModel) {
    const securityProfile = url.startsWith('wss:') ? 2 : hasPassword ? 1 : 0;
    this.#profiles.set(FIRST_SLOT, { ocppCsmsUrl: url, securityProfile });
    this.#device = device;
  }

  get activeSlot(): number {
    return this.#activeSlot;
  }

  get securityProfile(): number {
    return this.#profiles.get(this.#activeSlot)?.securityProfile ?? 0;
  }

  /** Whether there is a profile in each slot of a list. */
  knows(priority: string): boolean {
    return splitList(priority).every((slot) => this.#profiles.has(Number(slot)));
  }

  /** SetNetworkProfile: never a lower security profile than now, never another protocol. */
  set(slot: number, profile: NetworkProfile): CentralResponse<'SetNetworkProfile'>['status'] {
    const isSlot = (SLOTS as readonly number[]).includes(slot);
    const isOurs = profile.ocppVersion === 'OCPP20' && profile.ocppTransport === 'JSON';
    if (!isSlot || !isOurs || profile.securityProfile < this.securityProfile) return 'Rejected';
    if (!/^wss?:\/\//i.test(profile.ocppCsmsUrl) || !URL.canParse(profile.ocppCsmsUrl)) return 'Rejected';
    const { ocppCsmsUrl, securityProfile } = profile;
    this.#profiles.set(slot, { ocppCsmsUrl, securityProfile });
    return 'Accepted';
  }

  /** After a boot the first slot of the priority is in use. @returns where to connect */
  chooseUrl(): string {
    const [slot] = this.#device().list('OCPPCommCtrlr.NetworkConfigurationPriority');
    this.#activeSlot = Number(slot ?? FIRST_SLOT);
    return this.#profiles.get(this.#activeSlot)?.ocppCsmsUrl ?? '';
  }
}
