import type { Millis } from '@amphi/base';
import type { Beam, LiveStreamRow, RecordingAsset } from '@amphi/store';

/** What a back end is told (server API, 5.4): the envelope around it is `envelopeOf`. */
export interface WebhookEvent {
  readonly type: string;
  readonly at: Millis;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a fact is about, as the store has it by now. */
export interface About {
  readonly stream?: LiveStreamRow | undefined;
  readonly beam?: Beam | undefined;
  /** Of either. */
  readonly assets?: readonly RecordingAsset[];
}
