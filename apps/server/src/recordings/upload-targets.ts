import { PublicError, type TemplateBody } from '@amphi/protocol';
import type { RecordingAsset, Store } from '@amphi/store';
import { amazonEndpoint, keyIn, type S3Target } from '../object-storage/s3-target.ts';
import type { Settings } from '../settings.ts';
import { pathOf } from './asset-files.ts';

/** Without a region in the template (server API, 2.1: of old). */
const DEFAULT_REGION = 'us-east-1';

/** The storage of the settings, if they name one. */
export function storageOf({ recordings: { s3 } }: Pick<Settings, 'recordings'>): S3Target | undefined {
  if (!s3) return undefined;
  // Whoever runs the server named it: it may be of this machine.
  return { ...s3, endpoint: s3.endpoint ?? amazonEndpoint(s3.region), allowPrivate: true };
}

/** Where recordings are brought to: the bucket of their template, else that of the server, else nowhere. */
export class UploadTargets {
  readonly #store: Pick<Store, 'rooms' | 'apps'>;
  readonly #ofServer: S3Target | undefined;
  readonly #allowPrivate: boolean;

  constructor(options: {
    readonly store: Pick<Store, 'rooms' | 'apps'>;
    readonly ofServer: S3Target | undefined;
    /** Whether buckets of templates may be at addresses of this machine and its network. */
    readonly allowPrivate: boolean;
  }) {
    this.#store = options.store;
    this.#ofServer = options.ofServer;
    this.#allowPrivate = options.allowPrivate;
  }

  /** Undefined when recordings of the room stay where they are. */
  async of({ roomId }: Pick<RecordingAsset, 'roomId'>): Promise<S3Target | undefined> {
    return (await this.#ofTemplate(roomId)) ?? this.#ofServer;
  }

  /**
   * By which an asset is reached that was brought to a storage: with the key that is set for its bucket now.
   * @throws PublicError 409 when no settings name that bucket any more
   */
  async reaching({ roomId, storedAt }: Pick<RecordingAsset, 'roomId' | 'storedAt'>): Promise<S3Target> {
    const candidates = [await this.#ofTemplate(roomId), this.#ofServer];
    const target = candidates.find(
      (each) => each && each.endpoint === storedAt?.endpoint && each.bucket === storedAt.bucket,
    );
    if (target) return target;
    throw new PublicError(
      409,
      `this recording is in bucket "${storedAt?.bucket}" of ${storedAt?.endpoint}, for which neither its template nor the server has a key any more`,
    );
  }

  /**
   * A bucket that a template may name, as somebody writes it.
   * @param saved what the template has: its secret goes for the same key without one
   */
  proposed(upload: Upload, saved: Upload | undefined): S3Target | undefined {
    const { credentials } = upload;
    const keeps = credentials?.secretKey === '' && saved?.credentials?.key === credentials.key;
    return targetOfTemplate(keeps ? { ...upload, credentials: saved.credentials } : upload, this.#allowPrivate);
  }

  async #ofTemplate(roomId: string): Promise<S3Target | undefined> {
    const room = await this.#store.rooms.find(roomId);
    const template = room && (await this.#store.apps.findTemplate(room.templateId));
    const upload = template?.body.settings.recording?.upload;
    return upload && targetOfTemplate(upload, this.#allowPrivate);
  }
}

type Upload = NonNullable<NonNullable<TemplateBody['settings']['recording']>['upload']>;

/** Templates of an earlier time may name storages of other kinds, which nothing acts on. */
function targetOfTemplate(
  { type, location, prefix, options, credentials }: Upload,
  allowPrivate: boolean,
): S3Target | undefined {
  if (type !== 's3' || !credentials) return undefined;
  const region = options?.region ?? DEFAULT_REGION;
  return {
    endpoint: options?.endpoint ?? amazonEndpoint(region),
    region,
    bucket: location,
    prefix: prefix.replaceAll(/^\/+|\/+$/g, ''),
    accessKeyId: credentials.key,
    secretAccessKey: credentials.secretKey,
    allowPrivate,
  };
}

/** The key of an asset's file: below the prefix, which is the workspace unless somebody says otherwise (server API, 2.8). */
export function keyOf(asset: RecordingAsset, target: S3Target): string {
  const path = pathOf({ ...asset, storedAt: null });
  return target.prefix === '' ? path : keyIn(target, path.slice(path.indexOf('/') + 1));
}
