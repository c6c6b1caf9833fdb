import type { types } from 'mediasoup';
import { flowingLayerFor } from './layer-names.ts';

/**
 * Keeps a simulcast consumer on the layer that is wanted of it, or on the lowest one that flows when all up to it are
 * silent: the worker would send nothing then. Follows the scores of the publisher's layers for as long as the consumer
 * lives.
 */
export class LayerWish {
  readonly #consumer: types.Consumer;
  readonly #onFailure: (error: unknown) => void;
  #wanted: number | undefined;
  #asked: number | undefined;

  /** @param options.onFailure a change that a score caused could not be made: the consumer or the worker went away */
  constructor(consumer: types.Consumer, options: { readonly onFailure: (error: unknown) => void }) {
    this.#consumer = consumer;
    this.#onFailure = options.onFailure;
    consumer.on('score', () => void this.#apply().catch(this.#onFailure));
  }

  /** @param layer 0 is the lowest. Resolves when the worker knows; rejects when the consumer or the worker went away. */
  want(layer: number): Promise<void> {
    this.#wanted = layer;
    return this.#apply();
  }

  async #apply(): Promise<void> {
    if (this.#wanted === undefined) return;
    const spatialLayer = flowingLayerFor(this.#wanted, this.#consumer.score.producerScores);
    if (this.#asked === spatialLayer) return;
    this.#asked = spatialLayer;
    try {
      await this.#consumer.setPreferredLayers({ spatialLayer });
    } catch (error) {
      // Not known to the worker: to be asked for again.
      if (this.#asked === spatialLayer) this.#asked = undefined;
      throw error;
    }
  }
}
