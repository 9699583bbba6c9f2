import { securityEventNotification } from '../messages/security-event-notification.ts';
import type { SimulatedStation16 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SignedUpdateFirmware (security extension, chapter 5). */
export function signedUpdateFirmware(
  station: SimulatedStation16,
  request: CentralRequest<'SignedUpdateFirmware'>,
): CommandAnswer<'SignedUpdateFirmware'> {
  if (!request.firmware.signingCertificate.includes('-----BEGIN CERTIFICATE-----')) {
    securityEventNotification(station, 'InvalidFirmwareSigningCertificate');
    return { response: { status: 'InvalidCertificate' } };
  }
  const { firmware, retries, retryInterval, requestId } = request;
  const { location, retrieveDateTime, installDateTime } = firmware;
  const cancelled = station.firmware.begin({
    location,
    retrieveAt: Date.parse(retrieveDateTime),
    installAt: installDateTime === undefined ? undefined : Date.parse(installDateTime),
    retries,
    retrySeconds: retryInterval,
    requestId,
    isSigned: true,
  });
  return { response: { status: cancelled ? 'AcceptedCanceled' : 'Accepted' } };
}
