import { createPlayer, type Player } from '@amphi/player';

/**
 * A player of the stream with the element that it plays on. It may load before there is a place to show it in; it plays once
 * it is shown: nobody hears what they can neither see nor silence, and browsers judge by what is in the page whether it may.
 */
export class ShownPlayer {
  /** Of no document until it is shown. */
  readonly video: HTMLVideoElement;
  readonly player: Player;
  #url: string | undefined;
  #isShown = false;

  constructor() {
    this.video = document.createElement('video');
    this.video.playsInline = true;
    this.player = createPlayer(this.video, { whenAutoplayBlocked: 'mute', keepLive: true });
  }

  /** Loads what is at this address, unless it has done so: the stream at first, another picture of it after that. */
  load(url: string): void {
    if (url === this.#url) return;
    if (this.#url === undefined) this.player.load(url);
    else this.player.switchTo(url);
    this.#url = url;
    if (!this.#isShown) this.player.pause();
  }

  /** Puts the picture into `place`, and plays when it is there for the first time. */
  showIn(place: HTMLElement): void {
    place.replaceChildren(this.video);
    if (this.#isShown) return;
    this.#isShown = true;
    // Where the element begins anew, as after an error of its media.
    this.video.autoplay = true;
    void this.player.play();
  }

  close(): void {
    this.player.close();
    this.video.remove();
  }
}
