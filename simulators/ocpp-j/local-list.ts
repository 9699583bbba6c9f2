import type { Instant } from '@voltpile/kernel/clock';
import { asOf, type CardInfo } from '../station/card.ts';

/** What the configuration says about local lists; asked anew each time. */
export interface LocalListRules {
  isEnabled(): boolean;
  /** Changes in one message. */
  maxChanges(): number;
  maxEntries(): number;
}

export interface LocalListUpdate {
  readonly version: number;
  readonly kind: 'Full' | 'Differential';
  /** Without `info` the card is removed. */
  readonly changes: readonly { readonly card: string; readonly info: CardInfo | undefined }[];
}

/** The local authorisation list: kept over reboots, changed only by SendLocalList. */
export class LocalList {
  readonly #rules: LocalListRules;
  #entries = new Map<string, CardInfo>();
  #version = 0;

  constructor(rules: LocalListRules) {
    this.#rules = rules;
  }

  get isEnabled(): boolean {
    return this.#rules.isEnabled();
  }

  /** 0 before the first list. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A refused update changes nothing. */
  update({ version, kind, changes }: LocalListUpdate): 'Accepted' | 'Failed' | 'VersionMismatch' | 'NotSupported' {
    if (!this.isEnabled) return 'NotSupported';
    if (version < 1 || changes.length > this.#rules.maxChanges()) return 'Failed';
    if (kind === 'Differential' && version <= this.#version) return 'VersionMismatch';
    const next = kind === 'Full' ? new Map<string, CardInfo>() : new Map(this.#entries);
    const seen = new Set<string>();
    for (const { card, info } of changes) {
      const key = card.toLowerCase();
      if (seen.has(key)) return 'Failed';
      seen.add(key);
      if (info !== undefined) next.set(key, info);
      else if (kind === 'Differential') next.delete(key);
      else return 'Failed';
    }
    if (next.size > this.#rules.maxEntries()) return 'Failed';
    this.#entries = next;
    this.#version = version;
    return 'Accepted';
  }

  /** What the list says about a card; undefined when it says nothing or is off. */
  find(card: string, now: Instant): CardInfo | undefined {
    return this.isEnabled ? asOf(now, this.#entries.get(card.toLowerCase())) : undefined;
  }
}
