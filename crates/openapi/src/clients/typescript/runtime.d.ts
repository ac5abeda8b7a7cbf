export interface ClientOptions {
  /** An API key. */
  key?: string;
  /** Base URL of the API. */
  baseUrl?: string;
  /** Time limit of each attempt in milliseconds. Default: 30,000. */
  timeout?: number;
  /** Maximum number of retries after 429 and 503. Default: 2. */
  retries?: number;
  /** Function that is used instead of the global `fetch`. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Makes it safe to repeat a call that changes something: it takes effect once for each key. */
  idempotencyKey?: string;
  timeout?: number;
  retries?: number;
  signal?: AbortSignal;
  /** Headers that are sent in addition to those of the operation. */
  headers?: Record<string, string>;
}

/** Details of an error (RFC 9457). */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  [key: string]: unknown;
}

/** Thrown for every response without success. */
export declare class ApiError<Body = Problem | undefined> extends Error {
  /** The name of the method. */
  readonly operation: string;
  readonly status: number;
  /** The body of the response if it is JSON. */
  readonly problem: Body;
  readonly body: string;
  /** Id of the request. Send it to the provider if you need help. */
  readonly requestId: string | undefined;
}

export declare class BaseClient {
  constructor(options: ClientOptions);
}
