import type { PageTracks } from '@amphi/protocol';
import type { Stage, StageTrack } from './stage.ts';

/** What is drawn and heard of a stage. */
export type SeenStage = Pick<Stage, 'people' | 'tracksOf' | 'layersOf' | 'comesInLayers' | 'dominantSpeaker'>;

const PAGE = 'page';

/** A web page in place of the stage: one screen and its sound, or nobody while it is not there. */
export class PageStage implements SeenStage {
  readonly dominantSpeaker = undefined;
  #tracks: readonly StageTrack[] = [];

  constructor(tracks: PageTracks | null) {
    this.show(tracks);
  }

  show(tracks: PageTracks | null): void {
    const common = { peerId: PAGE, streamId: PAGE, source: 'screen', muted: false };
    this.#tracks = tracks
      ? [
          { ...common, trackId: tracks.video, kind: 'video' },
          { ...common, trackId: tracks.audio, kind: 'audio' },
        ]
      : [];
  }

  people(): { readonly peerId: string; readonly name: string }[] {
    return this.#tracks.length > 0 ? [{ peerId: PAGE, name: '' }] : [];
  }

  tracksOf(): readonly StageTrack[] {
    return this.#tracks;
  }

  layersOf(): readonly never[] {
    return [];
  }

  comesInLayers(): boolean {
    return false;
  }
}
