/** CertificateUseEnumType (security extension §6.3). */
export const OCPP16_CERTIFICATE_USES = ['CentralSystemRootCertificate', 'ManufacturerRootCertificate'] as const;

export type Ocpp16CertificateUse = (typeof OCPP16_CERTIFICATE_USES)[number];

/** Whether 1.6 has certificates for this use. */
export function isOcpp16CertificateUse(use: string | undefined): use is Ocpp16CertificateUse {
  return (OCPP16_CERTIFICATE_USES as readonly (string | undefined)[]).includes(use);
}
