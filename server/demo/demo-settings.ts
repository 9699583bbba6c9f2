import type { Environment } from '@voltpile/platform/config/config';
import { prepareDataFolder } from '../data-folder.ts';
import { type AllSettings, readSettings } from '../settings/settings.ts';
import { readDemoPassword } from './demo-password.ts';

export interface DemoSettings {
  readonly settings: AllSettings;
  /** The administrator's, where the environment names none. */
  readonly madePassword: string | null;
}

/** The settings of the demo: its administrator always has a password that can be shown. */
export async function readDemoSettings(environment: Environment): Promise<DemoSettings> {
  const settings = readSettings(environment);
  const { dataDir, adminPassword } = settings.local;
  if (adminPassword !== null) return { settings, madePassword: null };
  await prepareDataFolder(dataDir);
  const madePassword = await readDemoPassword(dataDir);
  return { settings: readSettings({ ...environment, VOLTPILE_ADMIN_PASSWORD: madePassword }), madePassword };
}
