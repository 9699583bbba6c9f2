/** Which byte of the check comes first on the wire. Low first is the standard; literal ports of the specification's C code turn it round. */
export type CrcOrder = 'low-first' | 'high-first';

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xa001 : value >>> 1;
  return value;
});

/** CRC-16/MODBUS (reflected 0x8005, init 0xFFFF) of `bytes[from…to)`; what every frame on the wire carries, whatever polynomial is named. */
export function crc16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff;
  for (let at = from; at < to; at++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return crc;
}

/**
 * In which order two bytes are this check.
 *
 * @param preferred what to say of two equal bytes, which are the check in both orders
 * @returns undefined when they are not
 */
export function crcOrderOf(
  crc: number,
  first: number,
  second: number,
  preferred: CrcOrder = 'low-first',
): CrcOrder | undefined {
  const isLowFirst = crc === ((second << 8) | first);
  const isHighFirst = crc === ((first << 8) | second);
  if (isLowFirst && isHighFirst) return preferred;
  if (isLowFirst) return 'low-first';
  return isHighFirst ? 'high-first' : undefined;
}
