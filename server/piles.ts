import { readFile } from 'node:fs/promises';
import { defineError } from '@voltpile/kernel/errors';
import type { Config } from '@voltpile/platform/config/config';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { createYkcFamily } from '@voltpile/station-gateway/protocols/ykc/family';
import { readTariffModel, type TariffModel } from '@voltpile/station-gateway/protocols/ykc/tariff-model';
import type { StationGatewayOptions } from '@voltpile/station-gateway/service';

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
export async function createPiles(config: Config, logger: Logger): Promise<StationGatewayOptions['piles']> {
  const { ykc, tls } = config;
  if (ykc === null) return undefined;
  const tariff = ykc.tariffFile === null ? undefined : await readTariffFile(ykc.tariffFile);
  if (tariff === undefined) {
    logger.debug('piles are told a tariff without prices: set VOLTPILE_YKC_TARIFF_FILE');
  }
  return {
    families: [
      createYkcFamily({
        crc: ykc.crc,
        ...(tariff === undefined ? {} : { tariff }),
        spendingCapFen: ykc.spendingCapYuan * 100,
        qrCodePrefix: ykc.qrCodePrefix,
      }),
    ],
    settings: {
      port: ykc.port,
      tls: tls === null ? null : { ...tls, port: ykc.tlsPort },
      allowUnauthenticated: ykc.allowUnauthenticated,
      idleTimeoutSeconds: ykc.idleTimeoutSeconds,
      loginsPerAddressPerSecond: ykc.loginsPerAddressPerSecond,
    },
  };
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
