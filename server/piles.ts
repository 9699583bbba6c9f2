import { readFile } from 'node:fs/promises';
import { defineError } from '@voltpile/kernel/errors';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { createYkcFamily } from '@voltpile/station-gateway/protocols/ykc/family';
import { readTariffModel, type TariffModel } from '@voltpile/station-gateway/protocols/ykc/tariff-model';
import type { StationGatewayOptions } from '@voltpile/station-gateway/service';
import type { GatewayTlsSettings } from '@voltpile/station-gateway/settings';
import type { Config, LiveConfig } from './settings/settings.ts';

const badTariffFile = defineError(
  'server.bad_tariff_file',
  'FailedPrecondition',
  'The tariff file {path} (VOLTPILE_YKC_TARIFF_FILE) cannot be used: {problem}.',
);

/** A tariff is less than a kilobyte. */
const MAX_TARIFF_BYTES = 65_536;

/**
 * What speaks over plain TCP, as the settings want it; undefined when it is off.
 *
 * @throws server.bad_tariff_file
 */
export async function createPiles(
  config: Config,
  live: LiveConfig,
  logger: Logger,
): Promise<StationGatewayOptions['piles']> {
  const settings = pileSettings(config, live);
  if (settings === undefined) return undefined;
  const { ykcTariffFile } = config;
  const tariff = ykcTariffFile === null ? undefined : await readTariffFile(ykcTariffFile);
  if (tariff === undefined) {
    logger.debug('piles are told a tariff without prices: set VOLTPILE_YKC_TARIFF_FILE');
  }
  return {
    families: [
      createYkcFamily({
        crc: config.ykcCrc,
        ...(tariff === undefined ? {} : { tariff }),
        spendingCapFen: config.ykcSpendingCapYuan * 100,
        qrCodePrefix: config.ykcQrPrefix,
      }),
    ],
    settings,
  };
}

/** Of the listener of piles, as they are now; undefined when it is off. */
export function pileSettings(config: Config, live: LiveConfig) {
  const { ykcPort: port, ykcTlsPort, ykcAllowUnauthenticated, ykcLoginsPerAddress } = config;
  if (port === 'off') return undefined;
  return {
    port,
    tls: tlsSettings(config, ykcTlsPort),
    allowUnauthenticated: ykcAllowUnauthenticated ?? config.allowUnauthenticated,
    idleTimeoutSeconds: live.ykcIdleTimeoutSeconds,
    loginsPerAddressPerSecond: ykcLoginsPerAddress,
  };
}

/** null: there is no certificate. */
export function tlsSettings(config: Config, port: number): GatewayTlsSettings | null {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsClientCaFile: clientCaFile } = config;
  return certFile === null || keyFile === null ? null : { port, certFile, keyFile, clientCaFile };
}

async function readTariffFile(path: string): Promise<TariffModel> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MAX_TARIFF_BYTES) throw new Error('it is too long');
    return readTariffModel(JSON.parse(text));
  } catch (error) {
    throw badTariffFile({ path, problem: (error as Error).message }, error);
  }
}
