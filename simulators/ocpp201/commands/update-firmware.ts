import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** UpdateFirmware (OCPP 2.0.1, L01 with a signing certificate, L02 without). */
export function updateFirmware(
  station: SimulatedStation201,
  request: CentralRequest<'UpdateFirmware'>,
): CommandAnswer<'UpdateFirmware'> {
  const { requestId, firmware, retries, retryInterval } = request;
  const { location, retrieveDateTime, installDateTime, signingCertificate, signature } = firmware;
  const isSigned = signingCertificate !== undefined || signature !== undefined;
  if (isSigned && signingCertificate?.includes('-----BEGIN CERTIFICATE-----') !== true) {
    station.securityEvent('InvalidFirmwareSigningCertificate');
    return { response: { status: 'InvalidCertificate' } };
  }
  const cancelled = station.firmware.begin({
    location,
    retrieveAt: Date.parse(retrieveDateTime),
    installAt: installDateTime === undefined ? undefined : Date.parse(installDateTime),
    retries,
    retrySeconds: retryInterval,
    requestId,
    isSigned,
  });
  return { response: { status: cancelled ? 'AcceptedCanceled' : 'Accepted' } };
}
