/** A bucket of an S3-compatible storage, and who we are there. */
export interface S3Target {
  /** Origin, such as `https://s3.eu-central-1.amazonaws.com`. The bucket is the first segment of the path, not of the host. */
  readonly endpoint: string;
  /** In its place in signed addresses, where browsers reach the storage otherwise. */
  readonly publicEndpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** In front of every key; without slashes at its ends. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Whether the endpoint may be of this machine or its network: only if whoever runs the server named or allowed it. */
  readonly allowPrivate: boolean;
}

/** Where an object lies, without who may reach it. */
export interface S3Place {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Of the one object, or of the playlist that names the others beside it. */
  readonly key: string;
}

/** Amazon's own endpoint for a region. */
export function amazonEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com`;
}

/** `s3://bucket/key`, as the API names it. */
export function s3PathOf({ bucket, key }: Pick<S3Place, 'bucket' | 'key'>): string {
  return `s3://${bucket}/${key}`;
}

/** The key of an object with its prefix in front. */
export function keyIn({ prefix }: Pick<S3Target, 'prefix'>, path: string): string {
  return prefix === '' ? path : `${prefix}/${path}`;
}

/** Its address, unsigned. `key` may be empty: the bucket itself. */
export function urlOf(
  { endpoint, bucket }: Pick<S3Target, 'endpoint' | 'bucket'>,
  key: string,
  query: Readonly<Record<string, string>> = {},
): URL {
  const url = new URL(endpoint);
  url.pathname = [bucket, ...(key === '' ? [] : key.split('/'))].map(encodeURIComponent).join('/');
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
