import type { Clock } from '@voltpile/kernel/clock';
import type { Configuration } from './configuration.ts';
import type { CentralRequest, CentralResponse, IdTagInfo } from './types.ts';

type UpdateStatus = CentralResponse<'SendLocalList'>['status'];

/** The local authorisation list (OCPP 1.6, 3.5.2): kept over reboots, changed only by SendLocalList. */
export class LocalList {
  readonly #configuration: Configuration;
  #entries = new Map<string, IdTagInfo>();
  #version = 0;

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  /** 0: empty; −1: the station does not use lists. */
  get version(): number {
    return this.#configuration.flag('LocalAuthListEnabled') ? this.#version : -1;
  }

  get size(): number {
    return this.#entries.size;
  }

  update(request: CentralRequest<'SendLocalList'>): UpdateStatus {
    if (!this.#configuration.flag('LocalAuthListEnabled')) return 'NotSupported';
    const { listVersion, updateType, localAuthorizationList: changes = [] } = request;
    if (listVersion < 1 || changes.length > this.#configuration.integer('SendLocalListMaxLength')) return 'Failed';
    if (updateType === 'Differential' && listVersion <= this.#version) return 'VersionMismatch';
    const next = updateType === 'Full' ? new Map<string, IdTagInfo>() : new Map(this.#entries);
    const seen = new Set<string>();
    for (const { idTag, idTagInfo } of changes) {
      const key = idTag.toLowerCase();
      if (seen.has(key)) return 'Failed';
      seen.add(key);
      if (idTagInfo !== undefined) next.set(key, idTagInfo);
      else if (updateType === 'Differential') next.delete(key);
      else return 'Failed';
    }
    if (next.size > this.#configuration.integer('LocalAuthListMaxLength')) return 'Failed';
    this.#entries = next;
    this.#version = listVersion;
    return 'Accepted';
  }

  /** What the list says about a card now; undefined when it says nothing or is off. */
  find(idTag: string, clock: Clock): IdTagInfo | undefined {
    if (!this.#configuration.flag('LocalAuthListEnabled')) return undefined;
    return asOfNow(this.#entries.get(idTag.toLowerCase()), clock);
  }
}

/** An accepted card whose time has come is Expired. */
export function asOfNow(info: IdTagInfo | undefined, clock: Clock): IdTagInfo | undefined {
  if (info?.status !== 'Accepted' || info.expiryDate === undefined) return info;
  return Date.parse(info.expiryDate) > clock.now() ? info : { ...info, status: 'Expired' };
}
