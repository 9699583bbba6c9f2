// Asks the server in this container how it is, with Node itself: there is no curl in the image. The first argument is the path: /healthz (default) or
// /readyz. A process of a cluster has the internal listener, whatever its roles; one that is alone has the API.
const { NATS_URL, VOLTPILE_HOST, VOLTPILE_HTTP_PORT, VOLTPILE_INTERNAL_PORT } = process.env;
const path = process.argv[2] ?? '/healthz';
const port = NATS_URL ? VOLTPILE_INTERNAL_PORT || '8090' : VOLTPILE_HTTP_PORT || '8080';
const host =
  VOLTPILE_HOST === undefined || VOLTPILE_HOST === '' || VOLTPILE_HOST === '0.0.0.0' ? '127.0.0.1' : VOLTPILE_HOST;
const address = host.includes(':') ? `[${host === '::' ? '::1' : host}]` : host;

try {
  const answer = await fetch(`http://${address}:${port}${path}`, { signal: AbortSignal.timeout(5000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 200)}`);
} catch (error) {
  const { message, cause } = /** @type {Error} */ (error);
  process.stderr.write(`${cause instanceof Error ? cause.message || message : message}\n`);
  process.exitCode = 1;
}
