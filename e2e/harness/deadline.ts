/** How long a test waits for something that should happen at once. Generous: the machine may be busy. */
export const PATIENCE_MS = 10_000;

/** The promise's value, or an error that says what did not happen in time. */
export async function within<T>(promise: Promise<T>, what: string, milliseconds: number = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms: ${what}`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
