import type { Unsubscribe } from '@amphi/base';
import type { LayerSize, SpatialLayerName } from '@amphi/protocol';
import type { VideoSink, VideoSize } from '../environment.ts';
import { largerLayer, preferredLayer } from './layer-preference.ts';

interface Attachment {
  readonly sink: VideoSink;
  size: VideoSize;
  unwatch: Unsubscribe;
}

export interface VideoAttachmentsOptions {
  readonly mediaOf: (trackId: string) => MediaStreamTrack | undefined;
  /** Smallest first. */
  readonly layersOf: (trackId: string) => readonly LayerSize[];
  /** False while the owner has muted it: nothing needs to be sent then. */
  readonly isShown: (trackId: string) => boolean;
  readonly setDesired: (trackId: string, layer: SpatialLayerName) => void;
}

/** Which video elements show which remote tracks; derives the layer to ask for from what can be seen of them. */
export class VideoAttachments {
  readonly #options: VideoAttachmentsOptions;
  readonly #attachments = new Map<string, Set<Attachment>>();

  constructor(options: VideoAttachmentsOptions) {
    this.#options = options;
  }

  attach(trackId: string, sink: VideoSink): Unsubscribe {
    const attachment: Attachment = { sink, size: { isVisible: false, width: 0, height: 0 }, unwatch: () => {} };
    const set = this.#attachments.get(trackId) ?? new Set();
    this.#attachments.set(trackId, set.add(attachment));
    sink.show(this.#options.mediaOf(trackId));
    attachment.unwatch = sink.watch((size) => {
      attachment.size = size;
      this.refresh(trackId);
    });
    return () => {
      if (!set.delete(attachment)) return;
      attachment.unwatch();
      sink.show(undefined);
      if (set.size === 0) this.#attachments.delete(trackId);
      this.refresh(trackId);
    };
  }

  /** To be called when the track's media, mute state or layers have changed. */
  refresh(trackId: string): void {
    const media = this.#options.mediaOf(trackId);
    const layers = this.#options.layersOf(trackId);
    let wanted: SpatialLayerName = 'none';
    for (const { sink, size } of this.#attachments.get(trackId) ?? []) {
      sink.show(media);
      if (this.#options.isShown(trackId)) wanted = largerLayer(wanted, preferredLayer(size, layers));
    }
    this.#options.setDesired(trackId, wanted);
  }

  refreshAll(): void {
    for (const trackId of [...this.#attachments.keys()]) this.refresh(trackId);
  }
}
