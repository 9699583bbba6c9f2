import { toIso } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { CertificateRequest } from '../contract/station-port.ts';
import { FactText } from '../stations/fact-text.ts';
import type { StationWriter } from '../stations/station-writer.ts';

/**
 * A station asks for a certificate. There is no certificate authority to sign with, so the answer is no; the request is kept, and an
 * operator may have it signed elsewhere and send `certificate-signed`.
 */
export async function certificateRequested(
  writer: StationWriter,
  request: CertificateRequest,
): Promise<{ readonly status: 'rejected' }> {
  const { station, receivedAt, oddities } = request.origin;
  const text = new FactText(oddities);
  const detail = { csr: text.read('csr', request.csr, 10_000), status: 'rejected' };
  await writer.submit<'report'>({
    kind: 'report',
    station,
    report: {
      id: uuidv7(),
      station,
      kind: 'certificate-request',
      occurredAt: receivedAt,
      receivedAt,
      detail,
      flags: text.flags,
    },
    event: { type: 'certificate.requested', data: { ...detail, receivedAt: toIso(receivedAt), flags: text.flags } },
  });
  return { status: 'rejected' };
}
