import { isDeepStrictEqual } from 'node:util';
import { closestName } from './closest-name.ts';
import { type Environment, invalidConfig } from './config.ts';
import type { Texts } from './config-file.ts';
import { followReference, isSecretReference } from './secret-reference.ts';
import type { Contradiction, SettingDeclaration, SettingTable, Values } from './setting.ts';

/** From the weakest to the strongest: each counts above those before it. */
export const LAYERS = ['default', 'file', 'environment', 'database'] as const;
export type Layer = (typeof LAYERS)[number];

/** What the database says. Version 0: nothing was ever stored. */
export interface StoredSettings {
  readonly version: number;
  readonly texts: Texts;
}

export const NOTHING_STORED: StoredSettings = { version: 0, texts: {} };

export interface SettingsChange {
  readonly version: number;
  /** Names of the settings whose value is another one now. */
  readonly changed: readonly string[];
  /** What is stored and cannot be used here: names with the reason. */
  readonly ignored: readonly IgnoredSetting[];
  /** Names of settings that this process takes when it starts again. */
  readonly waiting: readonly string[];
}

export interface IgnoredSetting {
  readonly name: string;
  readonly problem: string;
}

/** A setting for people. Texts as an operator writes them; of a secret the references only. */
export interface SettingView {
  readonly name: string;
  readonly description: string;
  readonly kind: string;
  readonly rule: string;
  readonly choices: readonly string[] | null;
  readonly least: number | null;
  readonly most: number | null;
  readonly unit: string | null;
  readonly change: SettingDeclaration['change'];
  readonly isSecret: boolean;
  /** null: not set. */
  readonly value: string | null;
  readonly source: Layer;
  /** What each layer says; null: nothing. */
  readonly layers: Readonly<Record<Layer, string | null>>;
  /** Why the database's value does not count here. */
  readonly problem: string | null;
  /** The process runs with another value until it starts again. */
  readonly needsRestart: boolean;
}

interface Effective {
  readonly values: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, Layer>>;
  readonly ignored: readonly IgnoredSetting[];
}

export interface SettingsOptions<T extends SettingTable> {
  readonly table: T;
  readonly file?: Texts;
  readonly environment?: Environment;
  /** Finds settings that do not go together. */
  readonly check?: (values: Values<T>) => readonly Contradiction[];
  /** Whoever starts a server in code says values themselves: in the place of file and environment. */
  readonly given?: Partial<Values<T>>;
}

/** Read by test suites and tools, not by the server. */
const FOREIGN: ReadonlySet<string> = new Set(['VOLTPILE_TEST_DATABASE_URL', 'VOLTPILE_TEST_RUN']);
const HIDDEN = '[hidden]';

/**
 * The settings of a process: defaults, below a file, below the environment, below the database. A value of the database that cannot be used here (of another version, not
 * allowed, or at odds with what this machine says) is left out and told; the process goes on with the layers below.
 */
export class Settings<T extends SettingTable> {
  readonly table: T;
  /** Values of settings that are live: the ones of this moment. */
  readonly live: Values<T, 'live'>;
  /** Values that no database changes. */
  readonly local: Values<T, 'local'>;
  readonly #options: Required<Pick<SettingsOptions<T>, 'file' | 'environment'>> & Pick<SettingsOptions<T>, 'check'>;
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #keys: readonly (keyof T & string)[];
  readonly #keyOf: ReadonlyMap<string, keyof T & string>;
  readonly #listeners = new Set<(change: SettingsChange) => void>();
  #stored: StoredSettings = NOTHING_STORED;
  #now: Effective;
  /** What was taken at the start. */
  #begun: Readonly<Record<string, unknown>> | undefined;

  /** @throws InvalidArgument `config.invalid`, its message names every problem, a line each, and no value (some are secrets) */
  constructor({ table, file = {}, environment = {}, check, given = {} }: SettingsOptions<T>) {
    this.table = table;
    this.#options = { file, environment, ...(check === undefined ? {} : { check }) };
    this.#given = given;
    this.#keys = Object.keys(table);
    this.#keyOf = new Map(this.#keys.map((key) => [this.#of(key).name, key]));
    const problems = this.#problems();
    if (problems.length > 0) throw invalidConfig({ problems: problems.map((problem) => `  ${problem}`).join('\n') });
    this.#now = this.#merge({}, true);
    const contradictions = check?.(this.#now.values as Values<T>) ?? [];
    if (contradictions.length > 0) {
      throw invalidConfig({ problems: contradictions.map(({ problem }) => `  ${problem}`).join('\n') });
    }
    this.live = this.#view('live') as Values<T, 'live'>;
    this.local = this.#view('local') as Values<T, 'local'>;
  }

  /** Those of this moment. */
  get all(): Values<T> {
    return this.#now.values as Values<T>;
  }

  get stored(): StoredSettings {
    return this.#stored;
  }

  get ignored(): readonly IgnoredSetting[] {
    return this.#now.ignored;
  }

  /** Names of settings that this process takes when it starts again. */
  get waiting(): readonly string[] {
    const begun = this.#begun;
    if (begun === undefined) return [];
    return this.#keys
      .filter((key) => key in begun && !isDeepStrictEqual(begun[key], this.#now.values[key]))
      .map((key) => this.#of(key).name);
  }

  /** Takes what the database says at the start. @returns what holds until the process ends */
  begin(stored: StoredSettings): Values<T, 'local' | 'restart'> {
    this.apply(stored);
    this.#begun = Object.fromEntries(
      this.#keys.filter((key) => this.#of(key).change !== 'live').map((key) => [key, this.#now.values[key]]),
    );
    return this.#begun as Values<T, 'local' | 'restart'>;
  }

  /** Takes what the database says now, and tells those who watch, unless it is known. */
  apply(stored: StoredSettings): void {
    if (isDeepStrictEqual(stored, this.#stored)) return;
    const before = this.#now.values;
    this.#stored = stored;
    this.#now = this.#usable(stored.texts, true);
    const change: SettingsChange = {
      version: stored.version,
      changed: this.#keys
        .filter((key) => !isDeepStrictEqual(before[key], this.#now.values[key]))
        .map((key) => this.#of(key).name),
      ignored: this.#now.ignored,
      waiting: this.waiting,
    };
    for (const listener of this.#listeners) listener(change);
  }

  /** Tells of every change, after it holds. @returns takes the listener away */
  watch(listener: (change: SettingsChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What could not be used of these texts. Whether there is something behind a reference is another machine's business. */
  try(texts: Texts): readonly IgnoredSetting[] {
    return this.#usable(texts, false).ignored;
  }

  /** In the order of their names. */
  describe(): SettingView[] {
    const { file, environment } = this.#options;
    const problems = new Map(this.#now.ignored.map(({ name, problem }) => [name, problem]));
    const waiting = new Set(this.waiting);
    return this.#keys
      .map((key) => {
        const declared = this.#of(key);
        const { name, type, secret = false } = declared;
        const shown = (text: string | undefined): string | null =>
          text === undefined || text === '' ? null : secret && !isSecretReference(text) ? HIDDEN : text;
        const layers = {
          default: shown(declared.default),
          file: shown(file[name]),
          environment: this.#isGiven(key) ? shown(String(this.#given[key] ?? '')) : shown(environment[name]),
          database: shown(this.#stored.texts[name]),
        };
        const source = this.#now.sources[key] ?? 'default';
        return {
          name,
          description: declared.description,
          kind: type.kind,
          rule: type.rule,
          choices: type.choices ?? null,
          least: type.least ?? null,
          most: type.most ?? null,
          unit: declared.unit ?? null,
          change: declared.change,
          isSecret: secret,
          value: layers[source],
          source,
          layers,
          problem: problems.get(name) ?? null,
          needsRestart: waiting.has(name),
        };
      })
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  #of(key: keyof T & string): SettingDeclaration {
    return this.table[key] as SettingDeclaration;
  }

  #isGiven(key: string): boolean {
    return Object.hasOwn(this.#given, key);
  }

  /** What is wrong with file and environment, each for itself. */
  #problems(): string[] {
    const { file, environment } = this.#options;
    const isUnknown = (name: string): boolean => !this.#keyOf.has(name) && !FOREIGN.has(name);
    const names = [...this.#keyOf.keys()];
    const problems = [
      ...Object.keys(environment).filter((name) => name.startsWith('VOLTPILE_') && isUnknown(name)),
      ...Object.keys(file).filter((name) => isUnknown(name)),
    ].map((name) => `${name} is not a setting${suggestion(name, names)}`);
    for (const key of this.#keys) {
      const { name, secret = false } = this.#of(key);
      const fromFile = file[name];
      if (key === 'configFile' && fromFile !== undefined)
        problems.push(`${name} stands in a file; only the environment names it`);
      if (secret && fromFile !== undefined && !isSecretReference(fromFile)) {
        problems.push(`${name} is a secret: the file may name it by env:NAME or file:/path only`);
        continue;
      }
      for (const text of [fromFile, environment[name]]) {
        if (text === undefined || text === '' || this.#isGiven(key)) continue;
        const { problem } = this.#read(key, text, true);
        if (problem !== undefined) problems.push(problem);
      }
    }
    return problems;
  }

  #read(
    key: keyof T & string,
    text: string,
    isFollowed: boolean,
  ): { readonly value?: unknown; readonly problem?: string } {
    const { name, type, secret = false } = this.#of(key);
    let meant: string | undefined = text;
    if (secret && isSecretReference(text)) {
      // Whatever there is behind it: something.
      if (!isFollowed) return { value: HIDDEN };
      meant = followReference(text, this.#options.environment);
      if (meant === undefined) return { problem: `${name} names a secret that is not there: ${text}` };
    }
    const value = type.read(meant);
    return value === undefined ? { problem: `${name} ${type.rule}` } : { value };
  }

  /** With as much of the database's texts as can be used. */
  #usable(texts: Texts, isFollowed: boolean): Effective {
    const used: Record<string, string> = {};
    const ignored: IgnoredSetting[] = [];
    for (const [name, text] of Object.entries(texts)) {
      const problem = this.#refuse(name, text, isFollowed);
      if (problem === undefined) used[name] = text;
      else ignored.push({ name, problem });
    }
    for (;;) {
      const merged = this.#merge(used, isFollowed);
      const found = this.#options.check?.(merged.values as Values<T>) ?? [];
      const blamed = found.flatMap(({ names, problem }) =>
        names.filter((name) => name in used).map((name) => ({ name, problem })),
      );
      if (blamed.length === 0) return { ...merged, ignored };
      for (const { name, problem } of blamed) {
        if (name in used) ignored.push({ name, problem });
        delete used[name];
      }
    }
  }

  /** Why the database must not, or cannot, say this. */
  #refuse(name: string, text: string, isFollowed: boolean): string | undefined {
    const key = this.#keyOf.get(name);
    if (key === undefined) return `${name.slice(0, 100)} is not a setting of this version`;
    const { change, secret = false } = this.#of(key);
    if (change === 'local') return `${name} can only be set by a file or the environment`;
    if (secret && !isSecretReference(text)) return `${name} is a secret: name it by env:NAME or file:/path`;
    return this.#read(key, text, isFollowed).problem;
  }

  #merge(database: Texts, isFollowed: boolean): Effective {
    const { file, environment } = this.#options;
    const values: Record<string, unknown> = {};
    const sources: Record<string, Layer> = {};
    for (const key of this.#keys) {
      const declared = this.#of(key);
      const { name } = declared;
      const layers: readonly (readonly [Layer, string | undefined])[] = [
        ['database', database[name]],
        ['environment', environment[name]],
        ['file', file[name]],
        ['default', declared.default],
      ];
      if (this.#isGiven(key) && database[name] === undefined) {
        values[key] = this.#given[key];
        sources[key] = 'environment';
        continue;
      }
      const [source, text] = layers.find(
        ([layer, said]) => said !== undefined && (said !== '' || layer === 'default'),
      ) ?? ['default' as const, undefined];
      values[key] = text === undefined ? null : (this.#read(key, text, isFollowed).value ?? null);
      sources[key] = source;
    }
    return { values, sources, ignored: [] };
  }

  #view(change: SettingDeclaration['change']): unknown {
    const view = {};
    for (const key of this.#keys) {
      if (this.#of(key).change !== change) continue;
      Object.defineProperty(view, key, { enumerable: true, get: () => this.#now.values[key] });
    }
    return Object.freeze(view);
  }
}

function suggestion(name: string, known: readonly string[]): string {
  const near = closestName(name, known);
  return near === undefined ? '' : `; ${near} is one`;
}
