/** Answers later than this count as none. */
const TIMEOUT_MS = 20_000;

/**
 * Why a request came to nothing. `unreachable`: no answer; `refused`: an error answer with its HTTP status;
 * `malformed`: an answer that does not keep to the protocol.
 */
export class RequestFailure extends Error {
  readonly kind: 'unreachable' | 'refused' | 'malformed';
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  readonly details: readonly string[];

  constructor(
    kind: RequestFailure['kind'],
    message: string,
    options: { status?: number; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RequestFailure';
    this.kind = kind;
    this.status = options.status ?? 0;
    this.details = options.details ?? [];
  }
}

/** What checks an answer: a schema of the protocol. */
export interface AnswerSchema<T> {
  safeParse(
    input: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: readonly { path: readonly PropertyKey[] }[] } };
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Calls the platform API with the session cookie and checks the answer.
 * @throws RequestFailure, or the signal's reason when the caller gave up
 */
export async function request<T>(path: string, schema: AnswerSchema<T>, options: RequestOptions = {}): Promise<T> {
  const answer = await send(path, options);
  const result = schema.safeParse(await readJson(answer));
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.map(String).join('.') || 'the whole answer';
  throw new RequestFailure('malformed', `The answer to ${path} is not what this dashboard expects (${field}).`, {
    status: answer.status,
  });
}

/** Like `request`, for answers without a body. */
export async function requestNothing(path: string, options: RequestOptions): Promise<void> {
  await send(path, options);
}

async function send(path: string, { method = 'GET', body, signal }: RequestOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RequestFailure('unreachable', 'The server did not answer.', { cause: error });
  }
  if (!answer.ok) throw await refusalOf(answer);
  return answer;
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch (error) {
    throw new RequestFailure('malformed', `The answer to ${new URL(answer.url).pathname} is not JSON.`, {
      status: answer.status,
      cause: error,
    });
  }
}

/** Takes message and details from an `ErrorBody`, if that is what came. */
async function refusalOf(answer: Response): Promise<RequestFailure> {
  const body: unknown = await answer.json().catch(() => undefined);
  const fields: { message?: unknown; details?: unknown } = typeof body === 'object' && body !== null ? body : {};
  const message =
    typeof fields.message === 'string' && fields.message !== '' ? fields.message : `HTTP ${answer.status}`;
  const details = Array.isArray(fields.details) ? fields.details.filter((line) => typeof line === 'string') : [];
  return new RequestFailure('refused', message, { status: answer.status, details });
}
