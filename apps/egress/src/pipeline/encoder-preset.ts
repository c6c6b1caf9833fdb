import { availableParallelism } from 'node:os';

/**
 * x264 presets by rung: the top one is what most people see. With two cores the SFU and the encoders share them, and
 * `superfast` costs two thirds of `veryfast`.
 */
export function encoderPreset(index: number): string {
  return index === 0 && availableParallelism() > 2 ? 'veryfast' : 'superfast';
}
