/**
 * Reads one figure of `/metrics`, summed over its labels.
 *
 * @param http `http://host:port`
 * @param labels part of the label text that a line must have, `action="Heartbeat"`; any when absent
 */
export async function readMetric(http: string, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  let sum = 0;
  for (const line of text.split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? ([\d.e+-]+)$/.exec(line);
    if (match !== null && match[1] === name && (match[2] ?? '').includes(labels)) sum += Number(match[3]);
  }
  return sum;
}
