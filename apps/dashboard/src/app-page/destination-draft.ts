import type { AppView, DestinationBody } from '@amphi/protocol';

/** The part of a destination that a person can change. */
export function editable(destination: AppView['destination']): DestinationBody {
  const { enabled, layout, tileAspectRatio, videoAspectRatio } = destination;
  return { enabled, layout, tileAspectRatio, videoAspectRatio };
}

/** Whether nothing has been changed. */
export function sameDestination(a: DestinationBody, b: DestinationBody): boolean {
  return (
    a.enabled === b.enabled &&
    a.layout === b.layout &&
    a.tileAspectRatio === b.tileAspectRatio &&
    a.videoAspectRatio === b.videoAspectRatio
  );
}
