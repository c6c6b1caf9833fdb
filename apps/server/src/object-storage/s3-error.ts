import { CodedError } from '@amphi/base';
import { PrivateAddressError } from '@amphi/outbound';
import type { S3Target } from './s3-target.ts';

export type S3ErrorCode =
  | 's3_unreachable'
  | 's3_unavailable'
  | 's3_private_address'
  | 's3_bucket_missing'
  | 's3_bad_key'
  | 's3_wrong_region'
  | 's3_denied'
  | 's3_clock'
  | 's3_object_missing'
  | 's3_refused';

/** A request to a storage that failed. Neither message nor remedy holds a secret. */
export class S3Error extends CodedError<S3ErrorCode> {
  /** What a person can do about it. */
  readonly remedy: string;

  constructor(code: S3ErrorCode, message: string, remedy: string, cause?: unknown) {
    super(code, message, { cause });
    this.name = 'S3Error';
    this.remedy = remedy;
  }
}

/** What is said of the answer: its status, and the storage's own words for it. */
export interface S3Refusal {
  readonly status: number;
  /** `<Error><Code>…</Code><Message>…</Message></Error>`, or whatever came. */
  readonly body: string;
  /** Header `x-amz-bucket-region`. */
  readonly bucketRegion: string | undefined;
}

/** An answer that is no success, by the storage's error code (Amazon S3 API Reference, "Error responses"). */
export function refusedBy(target: S3Target, { status, body, bucketRegion }: S3Refusal): S3Error {
  const { bucket, region } = target;
  const at = `the storage at ${target.endpoint}`;
  const code = xmlText(body, 'Code') ?? '';
  const fail = (own: S3ErrorCode, message: string, remedy: string): S3Error => new S3Error(own, message, remedy);
  switch (code) {
    case 'NoSuchBucket':
      return fail('s3_bucket_missing', `${at} has no bucket "${bucket}"`, 'Make the bucket, or correct its name.');
    case 'NoSuchKey':
      return fail('s3_object_missing', `an object is not in bucket "${bucket}"`, 'Somebody else has removed it there.');
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'InvalidSecurity':
      return fail(
        's3_bad_key',
        `${at} does not know the access key, or the secret is not that of the key (${code})`,
        'Correct the access key and its secret; both are shown once, when a key is made.',
      );
    case 'AuthorizationHeaderMalformed':
    case 'AuthorizationQueryParametersError':
    case 'PermanentRedirect':
    case 'IllegalLocationConstraintException': {
      const right = xmlText(body, 'Region') ?? bucketRegion;
      return fail(
        's3_wrong_region',
        `bucket "${bucket}" is not in region "${region}"${right ? ` but in "${right}"` : ''}`,
        right ? `Set the region to ${right}.` : 'Set the region to that of the bucket.',
      );
    }
    case 'AccessDenied':
    case 'AllAccessDisabled':
      return fail(
        's3_denied',
        `the access key may not do this in bucket "${bucket}"`,
        'Allow it s3:PutObject, s3:GetObject, s3:DeleteObject and s3:AbortMultipartUpload in this bucket.',
      );
    case 'RequestTimeTooSkewed':
      return fail('s3_clock', `${at} has another time than this machine`, 'Set the clock (timedatectl set-ntp true).');
    default:
      break;
  }
  if (status >= 500 || status === 429 || code === 'SlowDown')
    return fail('s3_unavailable', `${at} answered ${status}${code ? ` ${code}` : ''}`, 'Its own log says more.');
  // An answer to HEAD has no words.
  if (status === 404 && code === '')
    return fail('s3_object_missing', `an object is not in bucket "${bucket}"`, 'Somebody else has removed it there.');
  if (status >= 300 && status < 400)
    return fail(
      's3_wrong_region',
      `${at} sends elsewhere (${status})`,
      'Set endpoint and region to those of the bucket.',
    );
  return fail(
    's3_refused',
    `${at} answered ${status}${/^\w{1,60}$/.test(code) ? ` ${code}` : ''}`,
    'Is this the address of the S3 API of the storage, and not of its web page?',
  );
}

/** A request that got no answer. */
export function unanswered({ endpoint }: Pick<S3Target, 'endpoint'>, error: unknown): S3Error {
  const { hostname } = new URL(endpoint);
  if (error instanceof PrivateAddressError) return notPublic(hostname);
  const code = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
  const remedy =
    code === 'ENOTFOUND' || code === 'EAI_AGAIN'
      ? 'Check the host name of the endpoint, and its DNS entry.'
      : 'Does the storage run, and is its port open to this machine?';
  return new S3Error('s3_unreachable', `the storage at ${endpoint} cannot be reached (${code})`, remedy, error);
}

export function notPublic(host: string): S3Error {
  return new S3Error(
    's3_private_address',
    `${host} is not a public address`,
    'Whoever runs the server permits such by the setting recordings.allowPrivateAddresses.',
  );
}

/** The text of the first element of a name, of S3's small documents without attributes, CDATA and nesting by the same name. */
export function xmlText(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&apos;', "'")
    .replaceAll('&#34;', '"')
    .replaceAll('&amp;', '&');
}
