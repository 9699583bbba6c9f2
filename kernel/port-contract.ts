/**
 * How a port crosses a network: declared once, beside the interface. Inside one process none of it matters, a port is the object itself there.
 */

/** What is refused first when a service has more to do than it can: reads, then statuses; transactions last. */
export type Importance = 'transaction' | 'status' | 'read';

// biome-ignore lint/suspicious/noExplicitAny: any function is meant; its own types are kept by whoever asks for them
type AnyMethod = (...args: any[]) => Promise<any>;

/** Names of a port's methods. */
export type MethodName<P extends object> = { [M in keyof P]: P[M] extends AnyMethod ? M : never }[keyof P] & string;

export interface MethodPolicy<F extends AnyMethod = AnyMethod> {
  /** When the caller gives up (default 10 s); by the arguments where these say how long it may take. */
  readonly timeoutMs?: number | ((...args: Parameters<F>) => number);
  /** Called twice it does what it does when it is called once: it may be tried again when nobody knows whether it was done. */
  readonly isIdempotent?: boolean;
  readonly importance?: Importance;
  /** Calls of one process that are under way at once (default 256); others wait. */
  readonly concurrency?: number;
  /** Calls that may wait (default 1024); what is beyond is refused at once. */
  readonly queue?: number;
  /** The answer when there is none: the service is away, too slow or overloaded. It must not throw. */
  readonly fallback?: (...args: Parameters<F>) => Awaited<ReturnType<F>>;
  /** What the arguments must look like, where they come over a network. */
  readonly args?: ArgumentsCheck<Parameters<F>>;
}

/** Looks at arguments before anything is done. */
export interface ArgumentsCheck<Args extends readonly unknown[]> {
  /** What is wrong with them, in a sentence for whoever called; undefined: nothing. */
  problemOf(args: readonly unknown[]): string | undefined;
  /** Never there: for the compiler, which refuses a check that would refuse what a method takes. */
  readonly accepts?: (args: Args) => void;
}

/** The declaration of a port, with every method of it. */
export interface PortContract<P extends object> {
  /** One word of small letters and hyphens: part of the address. */
  readonly name: string;
  /**
   * Raised when callers and services of two versions would not understand each other. New optional fields and new methods do not need it. Services of both
   * versions can run side by side.
   */
  readonly version: number;
  /** The role that serves it: `csms`. */
  readonly service: string;
  readonly methods: { readonly [M in MethodName<P>]: MethodPolicy<P[M] extends AnyMethod ? P[M] : AnyMethod> };
}

export const DEFAULT_TIMEOUT_MS = 10_000;

/** Of a method that only reads. */
export const READS = { isIdempotent: true, importance: 'read' } as const satisfies MethodPolicy;

/** Types only: a declaration that leaves a method out, or names one that does not exist, is not compiled. */
export function definePort<P extends object>(contract: PortContract<P>): PortContract<P> {
  return contract;
}
