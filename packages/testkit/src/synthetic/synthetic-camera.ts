import { H264Encoder, type Picture, pictureBytes, pictureOver, Vp8Encoder } from '@amphi/media';
import { packetizeH264, packetizeVp8 } from '@amphi/rtp';
import { RtpSender, wallClockMs } from './rtp-sender.ts';
import { drawTestPicture } from './test-picture.ts';

export interface SyntheticCameraOptions {
  readonly codec: 'vp8' | 'h264';
  readonly width: number;
  readonly height: number;
  readonly frameRate?: number;
  readonly bitrateBps?: number;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly rtx?: { readonly ssrc: number; readonly payloadType: number };
  /** Chroma of the picture, to tell cameras apart. */
  readonly color?: { readonly u: number; readonly v: number };
}

type Encode = (picture: Picture, keyframe: boolean) => readonly Uint8Array[];

/** A camera of software: the test picture with its barcode clock, encoded and sent over RTP at a steady rate. */
export class SyntheticCamera {
  readonly sender: RtpSender;
  readonly #options: Required<Omit<SyntheticCameraOptions, 'rtx'>>;
  readonly #timer: NodeJS.Timeout;
  #picture!: Picture;
  #encode!: Encode;
  #closeEncoder: () => void = () => {};
  #keyframeWanted = true;
  #frame: number;
  #pictureId = 0;

  constructor(options: SyntheticCameraOptions) {
    this.#options = { frameRate: 30, bitrateBps: 700_000, color: { u: 110, v: 150 }, ...options };
    this.sender = new RtpSender({
      ssrc: options.ssrc,
      payloadType: options.payloadType,
      clockRate: 90_000,
      rtx: options.rtx,
      onKeyframeRequest: () => {
        this.#keyframeWanted = true;
      },
    });
    this.resize(options.width, options.height);
    this.#frame = Math.ceil((wallClockMs() * this.#options.frameRate) / 1000);
    this.#timer = setInterval(() => this.#run(), 4);
  }

  /** Goes on in another size, as a browser does when the device turns or the bandwidth falls. */
  resize(width: number, height: number): void {
    this.#closeEncoder();
    const { codec, frameRate, bitrateBps } = this.#options;
    this.#picture = pictureOver(new ArrayBuffer(pictureBytes(width, height)), 0, width, height);
    this.#keyframeWanted = true;
    if (codec === 'vp8') {
      const encoder = new Vp8Encoder({ width, height, frameRate, bitrateBps });
      this.#closeEncoder = () => encoder.close();
      this.#encode = (picture, keyframe) =>
        encoder.encode(picture, keyframe).flatMap(({ data }) => {
          this.#pictureId = (this.#pictureId + 1) & 0x7fff;
          return packetizeVp8(data, this.#pictureId);
        });
    } else {
      const encoder = new H264Encoder({
        ...{ width, height, frameRate, bitrateBps },
        preset: 'ultrafast',
        keyframeInterval: 1_000_000,
      });
      let tick = 0;
      this.#closeEncoder = () => encoder.close();
      this.#encode = (picture, keyframe) =>
        encoder
          .encode(picture, tick++, keyframe)
          .flatMap(({ data, isKeyframe }) =>
            packetizeH264(isKeyframe ? Buffer.concat([encoder.parameterSets, data]) : data),
          );
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#closeEncoder();
    this.sender.close();
  }

  #run(): void {
    const dueAt = (this.#frame * 1000) / this.#options.frameRate;
    if (wallClockMs() < dueAt) return;
    this.#frame++;
    // A frame that would come far too late is left out, as a camera does.
    if (wallClockMs() - dueAt > 200) return;
    drawTestPicture(this.#picture, Math.round(dueAt), this.#options.color);
    const keyframe = this.#keyframeWanted;
    this.#keyframeWanted = false;
    this.sender.send(this.#encode(this.#picture, keyframe), dueAt);
  }
}
