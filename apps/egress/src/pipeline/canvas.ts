import { Compositor, type Letterer, type PictureOf, pictureBytes, pictureOver } from '@amphi/media';
import type { Composition } from '@amphi/protocol';
import { CanvasSlots } from './canvas-slots.ts';
import type { CanvasSettings, FrameMessage, Scene } from './messages.ts';
import { RungsMade } from './rungs-made.ts';
import { sceneOptionsOf } from './scene-options.ts';

/** Time that tiles take to a new place: long enough to be followed, over before anyone waits for it. */
const TRANSITION_MS = 300;

/** One picture of the stage: draws it into its ring, and hands it to the encoders of its rungs. Never waits for one. */
export class Canvas {
  readonly #slots: CanvasSlots;
  readonly #compositor: Compositor;
  readonly #ports: CanvasSettings['encoderPorts'];
  readonly #made: RungsMade;
  readonly #framesPerPart: number;
  readonly #framesPerSegment: number;
  readonly #keepsTop: boolean;
  #composition: Composition;
  #scene: Scene = { items: [], audioSourceIds: [], activeId: undefined };

  /** @param options.lastTick of the engine when the canvas comes; absent before its first */
  constructor(
    { ring, encoderPorts, composition, rungs, keepsTop }: CanvasSettings,
    options: {
      readonly framesPerPart: number;
      readonly framesPerSegment: number;
      readonly firstTick: number;
      readonly lastTick?: number | undefined;
      readonly title: string;
      readonly letterer: Letterer;
    },
  ) {
    const { framesPerPart, framesPerSegment, firstTick, lastTick } = options;
    const bytes = pictureBytes(ring.width, ring.height);
    this.#slots = new CanvasSlots(new Int32Array(ring.readers));
    this.#compositor = new Compositor({
      canvases: Array.from({ length: ring.slots }, (_, slot) =>
        pictureOver(ring.pixels, slot * bytes, ring.width, ring.height),
      ),
      title: options.title,
      letterer: options.letterer,
      transitionMs: TRANSITION_MS,
    });
    this.#ports = encoderPorts;
    this.#made = new RungsMade({ firstTick, framesPerSegment, rungs, lastTick });
    this.#framesPerPart = framesPerPart;
    this.#framesPerSegment = framesPerSegment;
    this.#keepsTop = keepsTop;
    this.#composition = composition;
    this.#layOut();
  }

  get keepsTop(): boolean {
    return this.#keepsTop;
  }

  get scene(): Scene {
    return this.#scene;
  }

  set scene(scene: Scene) {
    this.#scene = scene;
    this.#layOut();
  }

  set composition(composition: Composition) {
    this.#composition = composition;
    this.#layOut();
  }

  /** Whether tiles are on their way to their places. */
  get isMoving(): boolean {
    return this.#compositor.isMoving;
  }

  /** As `RungsMade.want`. */
  want(rungs: readonly number[]): number {
    return this.#made.want(rungs);
  }

  /**
   * It is the turn of this tick. When no slot is free it is left out; at the start of a part the last picture is encoded once more.
   * @param options.isLate draw only what must be there
   * @param options.step every how many-th picture of a part is for all rungs
   * @returns `idle` when nobody is to get a picture of this tick
   */
  draw(
    tick: number,
    options: { readonly pictureOf: PictureOf; readonly dueAt: number; readonly isLate: boolean; readonly step: number },
  ): 'drawn' | 'skipped' | 'idle' {
    this.#made.begin(tick);
    const inPart = tick % this.#framesPerPart;
    // A part, and with it a segment, begins with a picture in all rungs.
    const isForAll = inPart % options.step === 0;
    const rungs = isForAll ? this.#made.rungs : this.#keepsTop ? this.#made.rungs.slice(0, 1) : [];
    if (rungs.length === 0) return 'idle';
    const keyframe = tick % this.#framesPerSegment === 0;
    // On a machine that never catches up there is still a picture a part, instead of one that stands for good.
    const mayDraw = !options.isLate || inPart === 0;
    const slot = mayDraw ? this.#slots.find(inPart === 0 || inPart === this.#framesPerPart - 1) : undefined;
    if (slot === undefined) {
      // Without its first picture a part could not be cut, and a segment not start with its keyframe.
      if (inPart === 0) this.#send(rungs, { type: 'repeat', tick, keyframe });
      return 'skipped';
    }
    this.#compositor.draw(slot, options.pictureOf, options.dueAt);
    this.#slots.lend(slot, rungs.length);
    this.#send(rungs, { type: 'frame', slot, tick, keyframe });
    return 'drawn';
  }

  /** Nothing is drawn any more; the encoders finish what they have. */
  close(): void {
    for (const port of this.#ports) {
      port.postMessage({ type: 'end' } satisfies FrameMessage);
      port.close();
    }
    this.#compositor.close();
  }

  #layOut(): void {
    const { items, activeId } = this.#scene;
    this.#compositor.setScene(items, {
      ...sceneOptionsOf(this.#composition),
      ...(activeId === undefined ? {} : { activeId }),
    });
  }

  #send(rungs: readonly number[], message: FrameMessage): void {
    for (const rung of rungs) this.#ports[rung]!.postMessage(message);
  }
}
