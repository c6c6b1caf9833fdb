/** Counts of what is open, for metrics and for choosing a worker. One per worker; whoever opens also takes off. */
export interface Usage {
  sessionRouters: number;
  publishings: number;
  subscribings: number;
  plainSubscriptions: number;
  viewings: number;
  producers: number;
  consumers: number;
}

export function noUsage(): Usage {
  return {
    sessionRouters: 0,
    publishings: 0,
    subscribings: 0,
    plainSubscriptions: 0,
    viewings: 0,
    producers: 0,
    consumers: 0,
  };
}

/** Counts one in; the result counts it out, once. */
export function countIn(usage: Usage, what: keyof Usage): () => void {
  usage[what] += 1;
  let isIn = true;
  return () => {
    if (isIn) usage[what] -= 1;
    isIn = false;
  };
}

/**
 * How busy a worker is. Streams cost packets; an empty session costs nearly nothing, but sessions that were just placed
 * will grow, so each counts like a small call.
 */
export function loadOf(usage: Usage): number {
  return usage.producers + usage.consumers + 8 * usage.sessionRouters;
}
