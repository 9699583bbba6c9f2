import { invalidOption } from '../station/errors.ts';
import {
  CONFIGURATION_KEYS,
  type ConfigurationKey,
  type ConfigurationKeyName,
  type ValueRule,
} from './configuration-keys.ts';
import type { CentralResponse } from './types.ts';

type ChangeStatus = CentralResponse<'ChangeConfiguration'>['status'];

const NAMES_BY_LOWER_CASE = new Map(
  (Object.keys(CONFIGURATION_KEYS) as ConfigurationKeyName[]).map((name) => [name.toLowerCase(), name]),
);

function ruleOf(name: ConfigurationKeyName): ConfigurationKey {
  return CONFIGURATION_KEYS[name];
}

/** The station's settings: kept over reboots and power cuts. Keys are found without regard to case (OCPP 1.6, CiString50). */
export class Configuration {
  /** Only what differs from the shared table. */
  readonly #changed = new Map<ConfigurationKeyName, string>();
  /** Accepted with RebootRequired, in force from the next boot. */
  readonly #afterReboot = new Map<ConfigurationKeyName, string>();

  /** @throws invalidOption for an unknown key or a value that does not fit; read-only keys may be set here */
  constructor(initial: Readonly<Record<string, string>> = {}) {
    for (const [key, value] of Object.entries(initial)) {
      const name = NAMES_BY_LOWER_CASE.get(key.toLowerCase());
      if (name === undefined) throw invalidOption({ option: 'configuration', reason: `unknown key ${key}` });
      if (!fits(ruleOf(name).rule, value)) {
        throw invalidOption({ option: 'configuration', reason: `${key} does not take this value` });
      }
      this.#changed.set(name, value);
    }
  }

  text(name: ConfigurationKeyName): string {
    return this.#changed.get(name) ?? CONFIGURATION_KEYS[name].value;
  }

  integer(name: ConfigurationKeyName): number {
    return Number(this.text(name));
  }

  flag(name: ConfigurationKeyName): boolean {
    return this.text(name).toLowerCase() === 'true';
  }

  list(name: ConfigurationKeyName): string[] {
    return this.text(name)
      .split(',')
      .map((member) => member.trim())
      .filter((member) => member !== '');
  }

  /** Sets a value from inside (a boot answer, a new key), without the rules for ChangeConfiguration. */
  set(name: ConfigurationKeyName, value: string): void {
    this.#changed.set(name, value);
  }

  /** What ChangeConfiguration does and answers. */
  change(key: string, value: string): { status: ChangeStatus; name?: ConfigurationKeyName } {
    const name = NAMES_BY_LOWER_CASE.get(key.toLowerCase());
    if (name === undefined) return { status: 'NotSupported' };
    const entry = ruleOf(name);
    if (entry.readonly === true || !fits(entry.rule, value)) return { status: 'Rejected', name };
    if (name === 'SecurityProfile' && Number(value) < this.integer('SecurityProfile'))
      return { status: 'Rejected', name };
    if (entry.rebootRequired === true) {
      this.#afterReboot.set(name, value);
      return { status: 'RebootRequired', name };
    }
    this.#changed.set(name, value);
    return { status: 'Accepted', name };
  }

  /** Puts what waited for a reboot in force. */
  rebooted(): void {
    for (const [name, value] of this.#afterReboot) this.#changed.set(name, value);
    this.#afterReboot.clear();
  }

  /** What GetConfiguration answers; without keys everything. */
  report(keys: readonly string[] | undefined): CentralResponse<'GetConfiguration'> {
    if (keys === undefined || keys.length === 0) {
      return { configurationKey: [...NAMES_BY_LOWER_CASE.values()].map((name) => this.#show(name)) };
    }
    const known: NonNullable<CentralResponse<'GetConfiguration'>['configurationKey']> = [];
    const unknownKey: string[] = [];
    for (const key of keys) {
      const name = NAMES_BY_LOWER_CASE.get(key.toLowerCase());
      if (name === undefined) unknownKey.push(key);
      else known.push(this.#show(name));
    }
    return { configurationKey: known, unknownKey };
  }

  #show(name: ConfigurationKeyName): { key: string; readonly: boolean; value?: string } {
    const entry = ruleOf(name);
    const shown = { key: name, readonly: entry.readonly === true };
    // `value` holds at most 500 characters in 1.6.
    return entry.writeOnly === true ? shown : { ...shown, value: this.text(name).slice(0, 500) };
  }
}

function fits(rule: ValueRule, value: string): boolean {
  switch (rule.type) {
    case 'integer':
      return /^\d{1,10}$/.test(value) && Number(value) >= rule.min && Number(value) <= rule.max;
    case 'boolean':
      return /^(true|false)$/i.test(value);
    case 'text':
      return value.length >= rule.minLength && value.length <= rule.maxLength;
    case 'list': {
      const members = value.split(',').map((member) => member.trim());
      if (value.trim() === '') return true;
      if (members.length > rule.maxLength) return false;
      const { members: allowed } = rule;
      return allowed === null
        ? members.every((member) => member !== '')
        : members.every((member) => allowed.includes(member));
    }
  }
}
