// What all methods of the client share: URLs, bodies, responses and retries.

/** The longest delay before a retry, in milliseconds. A response that asks for more is an error. */
const LONGEST_WAIT = 60_000;

export class ApiError extends Error {
  constructor(operation, status, problem, body, requestId) {
    super(problem?.detail ?? problem?.title ?? `the API responded with ${status}`);
    this.name = "ApiError";
    this.operation = operation;
    this.status = status;
    this.problem = problem;
    this.body = body;
    this.requestId = requestId;
  }
}

/** Whether an operation failed with this status: a number, a range such as `4XX`, or `default`. */
export function isError(error, operation, status) {
  if (!(error instanceof ApiError) || error.operation !== operation) return false;
  return status === "default" || String(status) === String(error.status) || status === `${String(error.status)[0]}XX`;
}

export class BaseClient {
  #options;

  constructor(options) {
    this.#options = { timeout: 30_000, retries: 2, ...options };
  }

  async _call(call, args = {}, options = {}) {
    const { key, baseUrl, fetch = globalThis.fetch, timeout, retries } = { ...this.#options, ...present(options) };
    const url = baseUrl.replace(/\/+$/, "") + address(call, args);
    const headers = new Headers(options.headers);
    const accept = options.accept ?? call.accept;
    if (accept && !headers.has("Accept")) headers.set("Accept", accept);
    if (key) headers.set("Authorization", `Bearer ${key}`);
    if (options.idempotencyKey) headers.set("Idempotency-Key", options.idempotencyKey);
    for (const parameter of call.headers ?? []) {
      const value = args.headers?.[parameter[0]];
      if (value !== undefined) headers.set(parameter[0], inHeader(parameter, value));
    }
    const [body, type] = call.body && args.body !== undefined ? encoded(call.body, args.body) : [];
    if (type && !headers.has("Content-Type")) headers.set("Content-Type", type);
    const isRepeatable = !["POST", "PATCH"].includes(call.method) || headers.has("Idempotency-Key");

    for (let attempt = 0; ; attempt++) {
      const signals = [AbortSignal.timeout(timeout), options.signal].filter(Boolean);
      const response = await fetch(url, { method: call.method, headers, body, signal: AbortSignal.any(signals) });
      const wait = response.status === 429 || (response.status === 503 && isRepeatable) ? waitAfter(response, attempt) : Infinity;
      if (attempt >= retries || wait > LONGEST_WAIT) return read(call, response);
      await response.body?.cancel();
      await sleep(wait, options.signal);
    }
  }
}

const present = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const isObject = (value) => typeof value === "object" && value !== null && !(value instanceof Date);

const plain = (value) => (value instanceof Date ? value.toISOString() : isObject(value) ? JSON.stringify(value) : String(value));

const percent = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** A value in OpenAPI's style `simple`, or with another separator. */
function simple(value, separator, explode, encode) {
  if (Array.isArray(value)) return value.map((item) => encode(plain(item))).join(separator);
  if (!isObject(value)) return encode(plain(value));
  return Object.entries(value)
    .map(([name, field]) => encode(name) + (explode ? "=" : separator) + encode(plain(field)))
    .join(separator);
}

function inHeader([, , explode, isJson], value) {
  return isJson ? JSON.stringify(value) : simple(value, ",", explode, (text) => text);
}

function inPath(parameter, value) {
  const text = value === undefined || value === null ? "" : segment(parameter, value);
  // Clients treat these as other paths.
  if (["", ".", ".."].includes(text)) throw new TypeError(`${parameter[0]} is missing`);
  return text;
}

function segment([name, style, explode, isJson], value) {
  if (isJson) return percent(JSON.stringify(value));
  if (style === "label") return `.${simple(value, explode ? "." : ",", explode, percent)}`;
  if (style !== "matrix") return simple(value, ",", explode, percent);
  const begin = `;${percent(name)}=`;
  if (explode && Array.isArray(value)) return value.map((item) => begin + percent(plain(item))).join("");
  if (explode && isObject(value)) return `;${simple(value, ";", true, percent)}`;
  return begin + simple(value, ",", false, percent);
}

function inQuery([name, style, explode, isJson], value) {
  const pair = (name, value) => `${percent(name)}=${percent(plain(value))}`;
  if (isJson) return [pair(name, JSON.stringify(value))];
  if (!isObject(value)) return [pair(name, value)];
  if (Array.isArray(value) && explode && style !== "deepObject") return value.map((item) => pair(name, item));
  const fields = Object.entries(value);
  if (style === "deepObject") return fields.map(([field, value]) => pair(`${name}[${field}]`, value));
  if (explode) return fields.map(([field, value]) => pair(field, value));
  const separator = { spaceDelimited: "%20", pipeDelimited: "%7C" }[style] ?? ",";
  return [`${percent(name)}=${simple(value, separator, false, percent)}`];
}

function address(call, args) {
  let path = call.template;
  for (const parameter of call.path ?? []) {
    path = path.replaceAll(`{${parameter[0]}}`, () => inPath(parameter, args[parameter[4]]));
  }
  const query = (call.query ?? []).flatMap((parameter) => {
    const value = args.query?.[parameter[0]];
    return value === undefined || value === null ? [] : inQuery(parameter, value);
  });
  return query.length === 0 ? path : path + (path.includes("?") ? "&" : "?") + query.join("&");
}

/** The body and its type. `fetch` sets the type of a multipart form, because it contains the boundary. */
function encoded([encoding, type, deep = []], body) {
  if (encoding === "json") return [JSON.stringify(body), type];
  if (encoding === "raw") return [body, type];
  const unfold = (name, value) =>
    isObject(value) ? Object.entries(value).flatMap(([field, inner]) => unfold(`${name}[${field}]`, inner)) : [[name, value]];
  const several = (name, value) => (Array.isArray(value) ? value : [value]).map((item) => [name, item]);
  const fields = Object.entries(body)
    .flatMap(([name, value]) => (deep.includes(name) ? unfold(name, value) : several(name, value)))
    .filter(([, value]) => value !== undefined && value !== null);
  if (encoding === "form") return [new URLSearchParams(fields.map(([name, value]) => [name, plain(value)])).toString(), type];
  const form = new FormData();
  for (const [name, value] of fields) {
    if (value instanceof Blob || !isObject(value)) form.append(name, value instanceof Blob ? value : plain(value));
    else form.append(name, new Blob([JSON.stringify(value)], { type: "application/json" }));
  }
  return [form, undefined];
}

async function read(call, response) {
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase();
  const isJson = type === "application/json" || type.endsWith("+json");
  if (!response.ok) {
    const body = await response.text();
    throw new ApiError(call.id, response.status, isJson ? parsed(body) : undefined, body, response.headers.get("X-Request-Id") ?? undefined);
  }
  if (isJson || type === "" || type.startsWith("text/")) {
    const text = await response.text();
    return text === "" ? undefined : isJson ? JSON.parse(text) : text;
  }
  return response.blob();
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Milliseconds until the next attempt: `Retry-After`, otherwise 500 ms, doubled each time. */
function waitAfter(response, attempt) {
  const said = response.headers.get("Retry-After");
  if (said === null) return 500 * 2 ** attempt * (0.5 + Math.random() / 2);
  const wait = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isNaN(wait) ? Infinity : Math.max(wait, 0);
}

function sleep(wait, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, wait);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
