export interface ClientOptions {
  /** An API key. */
  key?: string;
  /** Where the product is called. */
  baseUrl?: string;
  /** How long each attempt may take, in milliseconds; 30,000 where nothing is said. */
  timeout?: number;
  /** How often a call is tried again after 429 and 503; twice where nothing is said. */
  retries?: number;
  /** In place of the global one. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Makes it safe to try again what changes something: it happens once for each key. */
  idempotencyKey?: string;
  timeout?: number;
  retries?: number;
  signal?: AbortSignal;
  /** Sent beside the operation's own. */
  headers?: Record<string, string>;
}

/** What is wrong, as RFC 9457 has it. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  [key: string]: unknown;
}

/** Any answer but success. */
export declare class ApiError extends Error {
  readonly status: number;
  /** The answer's body where it is JSON. */
  readonly problem: Problem | undefined;
  readonly body: string;
  /** To tell the provider which call it was. */
  readonly requestId: string | undefined;
}

export declare class BaseClient {
  constructor(options: ClientOptions);
}
