import { Component, createRef, type ReactNode } from 'react';
import { onFirstPicture } from './first-picture.ts';
import { takeStill } from './still.ts';

/** What `PictureHandover` is told. */
export interface PictureHandoverProps {
  /** Names what is shown. Another name means another picture: the old one stays until the new one is there. */
  readonly view: string;
  /** Whether the view has a picture to wait for; without one the old picture goes after `GRACE_MS`. */
  readonly isExpected: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/** Tracks of a new role are told shortly after the role itself. */
const GRACE_MS = 1_500;
/** A picture that has not come by then is not waited for any longer. */
const PATIENCE_MS = 10_000;

/**
 * Keeps what was seen last in front of its children from the moment `view` changes until a video among them presents its
 * first frame. Meant for the passage between stage and stream, where everything on the page changes at once: without it a
 * person looks at black until the first keyframe has come. One's own camera is no such picture (`useLocalVideo` marks it).
 */
export class PictureHandover extends Component<PictureHandoverProps> {
  readonly #root = createRef<HTMLDivElement>();
  #still: HTMLCanvasElement | undefined;
  #cancel = (): void => {};
  #cancelGrace: (() => void) | undefined;

  /** The last moment at which the old picture is in the page. */
  override getSnapshotBeforeUpdate(before: PictureHandoverProps): HTMLCanvasElement | null {
    if (before.view === this.props.view || !this.#root.current) return null;
    // Moved again while waiting: what is still shown is the old picture.
    return this.#still ?? takeStill(this.#root.current) ?? null;
  }

  override componentDidUpdate(before: PictureHandoverProps, _state: unknown, still: HTMLCanvasElement | null): void {
    if (before.view !== this.props.view) this.#start(still ?? undefined);
    else if (before.isExpected !== this.props.isExpected) this.#watchGrace();
  }

  override componentWillUnmount(): void {
    this.#finish();
  }

  override render(): ReactNode {
    return (
      <div ref={this.#root} className={this.props.className} style={{ position: 'relative', isolation: 'isolate' }}>
        {this.props.children}
      </div>
    );
  }

  /** Beside React's own children, in the same task as its changes: nothing is painted between. */
  #start(still: HTMLCanvasElement | undefined): void {
    this.#finish();
    const root = this.#root.current;
    if (!still || !root) return;
    this.#still = still;
    root.append(still);
    const stopWatching = onFirstPicture(root, () => this.#finish());
    const timer = setTimeout(() => this.#finish(), PATIENCE_MS);
    this.#cancel = () => {
      stopWatching();
      clearTimeout(timer);
    };
    this.#watchGrace();
  }

  #watchGrace(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    if (this.props.isExpected || !this.#still) return;
    const timer = setTimeout(() => this.#finish(), GRACE_MS);
    this.#cancelGrace = () => clearTimeout(timer);
  }

  #finish(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    this.#cancel();
    this.#cancel = () => {};
    this.#still?.remove();
    this.#still = undefined;
  }
}
