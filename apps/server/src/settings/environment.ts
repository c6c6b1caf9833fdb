import { nearestName } from './nearest-name.ts';

/** How the text of a variable becomes a value; the schema then judges it. */
type Kind = 'text' | 'number' | 'boolean' | 'proxies' | 'list' | 'json';

/** Environment variable → setting. */
const VARIABLES: Readonly<Record<string, { readonly path: string; readonly kind: Kind }>> = {
  AMPHI_PORT: { path: 'port', kind: 'number' },
  AMPHI_HOST: { path: 'host', kind: 'text' },
  AMPHI_PUBLIC_URL: { path: 'publicUrl', kind: 'text' },
  AMPHI_TRUST_PROXY: { path: 'trustProxy', kind: 'proxies' },
  AMPHI_DATA_DIR: { path: 'dataDir', kind: 'text' },
  AMPHI_DATABASE_URL: { path: 'databaseUrl', kind: 'text' },
  AMPHI_LOG_LEVEL: { path: 'logLevel', kind: 'text' },
  AMPHI_OWNER_EMAIL: { path: 'ownerEmail', kind: 'text' },
  AMPHI_SIGN_IN_LINK: { path: 'signInLink', kind: 'text' },
  AMPHI_METRICS_TOKEN: { path: 'metricsToken', kind: 'text' },
  AMPHI_WEBHOOKS_ALLOW_PRIVATE_ADDRESSES: { path: 'webhooks.allowPrivateAddresses', kind: 'boolean' },
  AMPHI_RTMP_PORT: { path: 'rtmp.port', kind: 'number' },
  AMPHI_RTMP_ALLOW_PRIVATE_ADDRESSES: { path: 'rtmp.allowPrivateAddresses', kind: 'boolean' },
  AMPHI_WEB_COMPOSITION_CHROMIUM: { path: 'webComposition.chromium', kind: 'text' },
  AMPHI_WEB_COMPOSITION_JOIN_TIMEOUT_S: { path: 'webComposition.joinTimeoutS', kind: 'number' },
  AMPHI_WEB_COMPOSITION_ALLOW_PRIVATE_ADDRESSES: { path: 'webComposition.allowPrivateAddresses', kind: 'boolean' },
  AMPHI_RECORDINGS_S3_ENDPOINT: { path: 'recordings.s3.endpoint', kind: 'text' },
  AMPHI_RECORDINGS_S3_PUBLIC_ENDPOINT: { path: 'recordings.s3.publicEndpoint', kind: 'text' },
  AMPHI_RECORDINGS_S3_BUCKET: { path: 'recordings.s3.bucket', kind: 'text' },
  AMPHI_RECORDINGS_S3_REGION: { path: 'recordings.s3.region', kind: 'text' },
  AMPHI_RECORDINGS_S3_PREFIX: { path: 'recordings.s3.prefix', kind: 'text' },
  AMPHI_RECORDINGS_S3_ACCESS_KEY_ID: { path: 'recordings.s3.accessKeyId', kind: 'text' },
  AMPHI_RECORDINGS_S3_SECRET_ACCESS_KEY: { path: 'recordings.s3.secretAccessKey', kind: 'text' },
  AMPHI_RECORDINGS_UPLOAD_MBPS: { path: 'recordings.uploadMbps', kind: 'number' },
  AMPHI_RECORDINGS_WAITING_GIB: { path: 'recordings.waitingGiB', kind: 'number' },
  AMPHI_RECORDINGS_ALLOW_PRIVATE_ADDRESSES: { path: 'recordings.allowPrivateAddresses', kind: 'boolean' },
  AMPHI_TLS: { path: 'tls.mode', kind: 'text' },
  AMPHI_TLS_CERT_FILE: { path: 'tls.certFile', kind: 'text' },
  AMPHI_TLS_KEY_FILE: { path: 'tls.keyFile', kind: 'text' },
  AMPHI_TLS_REDIRECT_PORT: { path: 'tls.redirectPort', kind: 'number' },
  AMPHI_TLS_ACME_DOMAINS: { path: 'tls.acme.domains', kind: 'list' },
  AMPHI_TLS_ACME_EMAIL: { path: 'tls.acme.email', kind: 'text' },
  AMPHI_TLS_ACME_AGREE_TO_TERMS: { path: 'tls.acme.agreeToTerms', kind: 'boolean' },
  AMPHI_TLS_ACME_DIRECTORY_URL: { path: 'tls.acme.directoryUrl', kind: 'text' },
  AMPHI_TLS_ACME_CHALLENGES: { path: 'tls.acme.challenges', kind: 'list' },
  AMPHI_RTC_ADDRESSES: { path: 'rtc.addresses', kind: 'list' },
  AMPHI_RTC_ANNOUNCED_ADDRESSES: { path: 'rtc.announcedAddresses', kind: 'list' },
  AMPHI_RTC_UDP_PORT: { path: 'rtc.udpPort', kind: 'number' },
  AMPHI_RTC_TCP_PORT: { path: 'rtc.tcpPort', kind: 'number' },
  AMPHI_RTC_ICE_SERVERS: { path: 'rtc.iceServers', kind: 'json' },
  AMPHI_RTC_TURN: { path: 'rtc.turn', kind: 'json' },
  AMPHI_RTC_ON_DEMAND_TRACKS: { path: 'rtc.onDemandTracks', kind: 'boolean' },
  AMPHI_SFU_WORKERS: { path: 'sfu.workers', kind: 'number' },
  AMPHI_LADDER_CORES: { path: 'ladder.cores', kind: 'number' },
  AMPHI_EMBEDDING_ORIGINS: { path: 'embedding.origins', kind: 'list' },
  AMPHI_LIMITS: { path: 'limits', kind: 'json' },
};

/** Names the path of the settings file. */
export const SETTINGS_FILE_VARIABLE = 'AMPHI_SETTINGS';

/** Read by the set-up scripts, the egress program and tests, not by the server. */
const OTHERS = /^AMPHI_(CACHE_DIR|CHROMIUM|URL|EGRESS_.*)$/;

/** Variable and setting, for documents and tests. */
export const environmentNames: ReadonlyMap<string, string> = new Map(
  Object.entries(VARIABLES).map(([name, { path }]) => [name, path]),
);

export interface EnvironmentSettings {
  /** Setting path → value. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Variables that begin with `AMPHI_` and mean nothing, in words. */
  readonly problems: readonly string[];
}

/** Empty variables count as not set. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): EnvironmentSettings {
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('AMPHI_') || name === SETTINGS_FILE_VARIABLE || OTHERS.test(name) || !text) continue;
    const variable = VARIABLES[name];
    if (variable) {
      values.set(variable.path, convert(text, variable.kind));
    } else {
      const nearest = nearestName(name, [...Object.keys(VARIABLES), SETTINGS_FILE_VARIABLE]);
      problems.push(`${name}: no such setting${nearest ? `; the nearest is ${nearest}` : ''}`);
    }
  }
  return { values, problems };
}

/** What cannot be converted stays text, and the schema says what it should have been. */
function convert(text: string, kind: Kind): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'number':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
    case 'proxies':
      if (text === 'false' || text === '0') return false;
      if (text === 'true') return true;
      return /^\d+$/.test(text) ? Number(text) : listOf(text);
    case 'list':
      return listOf(text);
    case 'json':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
  }
}

function listOf(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
