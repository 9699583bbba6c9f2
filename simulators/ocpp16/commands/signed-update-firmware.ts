import { securityEventNotification } from '../messages/security-event-notification.ts';
import type { SimulatedStation } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** SignedUpdateFirmware (security extension, chapter 5). */
export function signedUpdateFirmware(
  station: SimulatedStation,
  request: CentralRequest<'SignedUpdateFirmware'>,
): CommandAnswer<'SignedUpdateFirmware'> {
  if (!request.firmware.signingCertificate.includes('-----BEGIN CERTIFICATE-----')) {
    securityEventNotification(station, 'InvalidFirmwareSigningCertificate');
    return { response: { status: 'InvalidCertificate' } };
  }
  return { response: { status: station.firmware.updateSigned(request) ? 'AcceptedCanceled' : 'Accepted' } };
}
