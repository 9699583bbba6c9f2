import type { StationFileKind } from '../contract/files.ts';
import type { RequestDetails } from './persistence/requests-repository.ts';

/** What sort of file a log request brings. */
export function kindOfLog({ logType }: Pick<RequestDetails['log-request'], 'logType'>): StationFileKind {
  return logType === 'SecurityLog' ? 'security-log' : 'diagnostics';
}
