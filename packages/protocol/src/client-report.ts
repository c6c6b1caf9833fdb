import * as z from 'zod';

/** What public clients report of themselves: over signaling as `analytics`, over HTTP while they have no socket. */

/** Cut, not refused: what is said in it is for people. */
const text = (longest: number) =>
  z
    .unknown()
    .transform((value) => (typeof value === 'string' ? value.slice(0, longest) : undefined))
    .optional();
const number = z
  .unknown()
  .transform((value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined))
  .optional();
const flag = z
  .unknown()
  .transform((value) => (typeof value === 'boolean' ? value : undefined))
  .optional();

const trackSettings = z.object({
  deviceId: text(100),
  volume: number,
  codec: text(20),
  maxBitrate: number,
  maxFramerate: number,
  width: number,
  height: number,
});
const devices = z
  .array(z.object({ deviceId: text(100), groupId: text(100), kind: text(20), label: text(200) }))
  .max(32);

/** Names that tell of something that went wrong; in the history each has `client.` before it (server API, 2.12). */
export const CLIENT_FAILURES = [
  'publish.failed',
  'subscribe.failed',
  'join.failed',
  'disconnected',
  'connect.failed',
] as const;

export type ClientFailureName = (typeof CLIENT_FAILURES)[number];

/** The details of one of them. What is not known is left out, what has another form as well. */
export const clientFailureDetails = z.object({
  error_code: number,
  error_name: text(100),
  error_message: text(500),
  error_description: text(1_000),
  is_terminal: flag,
  action: text(50),
  domain: text(50),
  audio: trackSettings.optional().catch(undefined),
  video: trackSettings.optional().catch(undefined),
  devices: z
    .object({ audioInput: devices.optional(), audioOutput: devices.optional(), videoInput: devices.optional() })
    .optional()
    .catch(undefined),
  retries_join: number,
  transport_state: z
    .unknown()
    .transform((value) =>
      typeof value === 'number' || typeof value === 'string' ? String(value).slice(0, 50) : undefined,
    )
    .optional(),
  endpoint: text(300),
});

export type ClientFailureDetails = z.infer<typeof clientFailureDetails>;

/** Over signaling. Whatever comes is taken; what is not read has no name. */
export const clientAnalytics = z
  .object({ name: z.string().catch(''), info: z.unknown() })
  .catch({ name: '', info: {} });

/** Over HTTP. `payload` is the `info` of signaling. */
export const clientReport = z.object({
  event: z.string().catch(''),
  payload: z.unknown(),
  peer: z
    .object({ peer_id: text(64), session_id: text(64), user_name: text(256) })
    .optional()
    .catch(undefined),
});

/** A client as it describes itself, such as `os:web_Linux,sdk:web,sdk_version:0.14.7`. */
export interface ClientAgent {
  readonly [part: string]: string | boolean;
}

/** Something that went wrong for a client, as it tells of it. */
export interface ClientFailure {
  readonly name: ClientFailureName;
  readonly details: ClientFailureDetails;
  readonly agent: ClientAgent;
}

const AGENT_PARTS = new Set([
  'sdk',
  'sdk_version',
  'os',
  'os_version',
  'device_model',
  'framework',
  'framework_version',
  'framework_sdk_version',
  'is_prebuilt',
  'domain',
]);
const MAX_AGENT = 500;

/** The parts of `user_agent_v2` that are known, and all of it as `string`. */
export function readClientAgent(userAgent: string): ClientAgent {
  const string = userAgent.slice(0, MAX_AGENT);
  const parts: Record<string, string | boolean> = {};
  for (const part of string.split(',')) {
    const colon = part.indexOf(':');
    const name = part.slice(0, Math.max(0, colon));
    const value = part.slice(colon + 1);
    if (AGENT_PARTS.has(name)) parts[name] = name === 'is_prebuilt' ? value === 'true' : value;
  }
  return { ...parts, string };
}

export function isClientFailure(name: string): name is ClientFailureName {
  return (CLIENT_FAILURES as readonly string[]).includes(name);
}
