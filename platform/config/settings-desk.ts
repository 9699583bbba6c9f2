import { defineError } from '@voltpile/kernel/errors';
import { isStorable } from '../database/storable-text.ts';
import { formatSettings, parseSettings, type Texts } from './config-file.ts';
import type { SettingTable } from './setting.ts';
import type { IgnoredSetting, Settings, SettingView } from './settings.ts';
import type { SettingsStore, SettingsVersion } from './settings-store.ts';
import { settingsChangedMeanwhile } from './settings-store.ts';

export const unknownSettingsVersion = defineError(
  'settings.unknown_version',
  'NotFound',
  'There is no version {version} of the settings.',
);
export const invalidSettings = defineError(
  'settings.invalid',
  'InvalidArgument',
  'These settings cannot be taken: {problems}.',
);
export const nothingChanged = defineError(
  'settings.nothing_changed',
  'InvalidArgument',
  'Nothing would be another value than before.',
);

/** Who changes something, why, and what they have seen. */
export interface SettingsAuthor {
  readonly by: string;
  readonly reason: string;
  readonly expectedVersion: number;
}

export interface SettingDifference {
  readonly name: string;
  /** null: the database says nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface SettingsList {
  readonly version: number;
  readonly items: readonly SettingView[];
  /** Stored by another version of the program: names that this one does not know. */
  readonly unknown: readonly IgnoredSetting[];
}

/** Version 0: what file and environment say, with nothing above it. Nobody has written it. */
export interface SettingsBeforeAll {
  readonly version: 0;
  readonly changedAt: null;
  readonly changedBy: null;
  readonly reason: null;
  readonly kind: null;
  readonly rolledBackTo: null;
  readonly texts: Texts;
}

export interface SettingsWritten {
  readonly version: SettingsVersion;
  readonly differences: readonly SettingDifference[];
}

export interface ImportPlan {
  readonly version: number;
  readonly differences: readonly SettingDifference[];
}

const BEFORE_ALL: SettingsBeforeAll = {
  version: 0,
  changedAt: null,
  changedBy: null,
  reason: null,
  kind: null,
  rolledBackTo: null,
  texts: {},
};
const MAX_TEXT = 4000;
/** Of the whole set: it goes through one message to processes without a database. */
const MAX_ALL_TEXTS = 200_000;
const MAX_NAMES = 500;

/** What may be done to the settings in the database. What an operator did counts in this process at once, and in the others as they hear of it. */
export class SettingsDesk<T extends SettingTable> {
  readonly #settings: Settings<T>;
  readonly #store: Pick<SettingsStore, 'newest' | 'get' | 'write' | 'list'>;

  constructor(settings: Settings<T>, store: Pick<SettingsStore, 'newest' | 'get' | 'write' | 'list'>) {
    this.#settings = settings;
    this.#store = store;
  }

  /** All settings, as this process sees them. @throws Unavailable `database.unavailable` */
  async list(): Promise<SettingsList> {
    const { version } = await this.#refresh();
    const items = this.#settings.describe();
    const known = new Set(items.map(({ name }) => name));
    return { version, items, unknown: this.#settings.ignored.filter(({ name }) => !known.has(name)) };
  }

  /** @throws Unavailable `database.unavailable` */
  history(page: { readonly limit: number; readonly cursor?: string | undefined }): ReturnType<SettingsStore['list']> {
    return this.#store.list(page);
  }

  /**
   * A version that was written, or 0: before all.
   *
   * @throws NotFound `settings.unknown_version`
   */
  async version(version: number): Promise<SettingsVersion | SettingsBeforeAll> {
    if (version === 0) return BEFORE_ALL;
    const found = await this.#store.get(version);
    if (found === undefined) throw unknownSettingsVersion({ version });
    return found;
  }

  /**
   * Sets some, and takes some back (null).
   *
   * @throws InvalidArgument `settings.invalid`, `settings.nothing_changed`; Conflict `settings.version_conflict`
   */
  async change(changes: Readonly<Record<string, string | null>>, author: SettingsAuthor): Promise<SettingsWritten> {
    const { texts } = await this.#expect(author.expectedVersion);
    const next: Record<string, string> = { ...texts };
    for (const [name, text] of Object.entries(changes)) {
      if (text === null || text === '') delete next[name];
      else next[name] = text;
    }
    return this.#write(texts, next, { kind: 'change', rolledBackTo: null }, author);
  }

  /**
   * Takes the texts of an earlier version again, as a new version. 0 takes all back.
   *
   * @throws NotFound `settings.unknown_version`; InvalidArgument `settings.invalid` (this version of the program does not take them any more),
   *   `settings.nothing_changed`; Conflict `settings.version_conflict`
   */
  async rollBack(to: number, author: SettingsAuthor): Promise<SettingsWritten> {
    const { texts } = await this.#expect(author.expectedVersion);
    const next = (await this.version(to)).texts;
    return this.#write(texts, next, { kind: 'rollback', rolledBackTo: to }, author);
  }

  /** The database's settings as text: the same ones always give the same text. */
  async export(): Promise<string> {
    const { texts } = await this.#refresh();
    const about = new Map(this.#settings.describe().map(({ name, description }) => [name, description]));
    return formatSettings(texts, (name) => about.get(name));
  }

  /**
   * What an import would change.
   *
   * @throws InvalidArgument `settings.bad_text`, `settings.invalid`
   */
  async plan(text: string): Promise<ImportPlan> {
    const next = parseSettings(text);
    const { version, texts } = await this.#refresh();
    this.#validate(texts, next);
    return { version, differences: differencesOf(texts, next) };
  }

  /**
   * Sets exactly what the text says, as one version: what it does not name is taken back.
   *
   * @throws as {@link plan}, and `settings.nothing_changed`; Conflict `settings.version_conflict`
   */
  async import(text: string, author: SettingsAuthor): Promise<SettingsWritten> {
    const next = parseSettings(text);
    const { texts } = await this.#expect(author.expectedVersion);
    return this.#write(texts, next, { kind: 'import', rolledBackTo: null }, author);
  }

  async #refresh(): Promise<{ readonly version: number; readonly texts: Texts }> {
    const newest = await this.#store.newest();
    const { version, texts } = newest ?? { version: 0, texts: {} };
    this.#settings.apply({ version, texts });
    return { version, texts };
  }

  async #expect(expected: number): Promise<{ readonly texts: Texts }> {
    const { version, texts } = await this.#refresh();
    if (version !== expected) throw settingsChangedMeanwhile({ version, expected });
    return { texts };
  }

  async #write(
    before: Texts,
    next: Texts,
    facts: Pick<SettingsVersion, 'kind' | 'rolledBackTo'>,
    { by, reason, expectedVersion }: SettingsAuthor,
  ): Promise<SettingsWritten> {
    this.#validate(before, next);
    const differences = differencesOf(before, next);
    if (differences.length === 0) throw nothingChanged();
    const version = await this.#store.write({ ...facts, changedBy: by, reason, texts: next, expectedVersion });
    this.#settings.apply({ version: version.version, texts: next });
    return { version, differences };
  }

  /** What was there before and is not touched may stay, whatever another version of the program has meant by it. */
  #validate(before: Texts, next: Texts): void {
    const names = Object.keys(next);
    const size = names.reduce((sum, name) => sum + name.length + (next[name] ?? '').length, 0);
    if (names.length > MAX_NAMES || size > MAX_ALL_TEXTS) {
      throw invalidSettings({ problems: `they are more than ${MAX_NAMES} or longer than ${MAX_ALL_TEXTS} characters` });
    }
    const tooLong = names.find((name) => (next[name] ?? '').length > MAX_TEXT);
    if (tooLong !== undefined) {
      throw invalidSettings({ problems: `${tooLong.slice(0, 100)} is longer than ${MAX_TEXT} characters` });
    }
    // PostgreSQL keeps neither in JSON.
    if (names.some((name) => !isStorable(name) || !isStorable(next[name] ?? ''))) {
      throw invalidSettings({ problems: 'a text holds a NUL, or half of a character' });
    }
    const stale = new Set(this.#settings.try(before).map(({ name }) => name));
    const problems = this.#settings
      .try(next)
      .filter(({ name }) => !(stale.has(name) && before[name] === next[name]))
      .map(({ problem }) => problem);
    if (problems.length > 0) throw invalidSettings({ problems: [...new Set(problems)].join('; ') });
  }
}

function differencesOf(before: Texts, after: Texts): SettingDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .map((name) => ({ name, before: before[name] ?? null, after: after[name] ?? null }))
    .filter((one) => one.before !== one.after);
}
