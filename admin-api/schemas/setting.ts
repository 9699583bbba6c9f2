import { LAYERS, type SettingView } from '@voltpile/platform/config/settings';
import type { ImportPlan, SettingDifference, SettingsList } from '@voltpile/platform/config/settings-desk';
import type { SettingsVersion } from '@voltpile/platform/config/settings-store';
import * as z from 'zod';
import { dateTime, text } from './common.ts';

const name = z.string();
const said = z.string().nullable();

export const settingView = z
  .object({
    name,
    description: z.string().meta({ description: 'Markdown.' }),
    kind: z.string(),
    rule: z.string().meta({ description: 'What its text must be.' }),
    choices: z.array(z.string()).readonly().nullable(),
    least: z.number().nullable(),
    most: z.number().nullable(),
    unit: z.string().nullable(),
    change: z.enum(['live', 'restart', 'local']).meta({
      description:
        '`live`: counts everywhere within two seconds; `restart`: each process takes it when it starts; `local`: a file or the environment only.',
    }),
    isSecret: z.boolean().meta({ description: 'Only a reference is ever shown: `env:NAME` or `file:/path`.' }),
    value: said.meta({ description: 'What counts, as an operator writes it; null: not set.' }),
    source: z.enum(LAYERS),
    layers: z.object({ default: said, file: said, environment: said, database: said }).meta({
      description:
        'What each layer says; a stronger one stands behind. File and environment are those of the process that answers.',
    }),
    problem: said.meta({ description: 'Why the value of the database does not count in the process that answers.' }),
    needsRestart: z.boolean().meta({ description: 'The process that answers takes it when it starts again.' }),
  })
  .meta({ id: 'Setting' }) satisfies z.ZodType<SettingView>;

export const settingsList = z
  .object({
    version: z.int().meta({ description: 'Of the database’s settings; 0: nothing was ever set. Changes name it.' }),
    items: z.array(settingView).readonly(),
    unknown: z
      .array(z.object({ name, problem: z.string() }))
      .readonly()
      .meta({ description: 'Set by another version of the program.' }),
    nextCursor: z.null(),
  })
  .meta({ id: 'Settings' }) satisfies z.ZodType<SettingsList & { readonly nextCursor: null }>;

export const settingsVersion = z
  .object({
    version: z.int(),
    changedAt: dateTime,
    changedBy: z.string(),
    reason: z.string(),
    kind: z.enum(['change', 'rollback', 'import']),
    rolledBackTo: z.int().nullable(),
    texts: z.record(z.string(), z.string()).meta({ description: 'The whole set: names with their texts.' }),
  })
  .meta({ id: 'SettingsVersion' }) satisfies z.ZodType<SettingsVersion>;

/** Any that can be rolled back to. */
export const settingsVersionOrNone = settingsVersion
  .extend({
    changedAt: dateTime.nullable(),
    changedBy: z.string().nullable(),
    reason: z.string().nullable(),
    kind: z.enum(['change', 'rollback', 'import']).nullable(),
  })
  .meta({
    id: 'SettingsVersionOrNone',
    description: 'Version 0 is before all: it has no texts, and nobody has made it (null).',
  });

const settingDifference = z
  .object({ name, before: said, after: said })
  .meta({ id: 'SettingDifference' }) satisfies z.ZodType<SettingDifference>;

export const settingsWritten = z
  .object({ version: settingsVersion, differences: z.array(settingDifference) })
  .meta({ id: 'SettingsWritten' });

export const importPlan = z
  .object({ version: z.int(), differences: z.array(settingDifference).readonly() })
  .meta({ id: 'SettingsImportPlan' }) satisfies z.ZodType<ImportPlan>;

const author = {
  expectedVersion: z
    .int()
    .min(0)
    .meta({ description: 'The version that was looked at; another one is refused with 409.' }),
  reason: text(1, 500).meta({ description: 'Why, for the history.' }),
};
const given = z.string().max(4000);

export const settingsChange = z
  .strictObject({
    ...author,
    changes: z.record(text(1, 200), given.nullable()).meta({
      description: 'Names with their new texts; null takes a setting back to what file, environment and default say.',
    }),
  })
  .meta({ id: 'SettingsChange' });

export const settingsRollback = z.strictObject(author).meta({ id: 'SettingsRollback' });

const yaml = z.string().max(262_144).meta({ description: 'YAML or JSON, as the export gives it.' });
export const settingsImport = z.strictObject({ ...author, text: yaml }).meta({ id: 'SettingsImport' });
export const settingsImportQuestion = z.strictObject({ text: yaml }).meta({ id: 'SettingsImportQuestion' });

export const versionParams = z.strictObject({ version: z.coerce.number().int().min(0).max(999_999_999) });
