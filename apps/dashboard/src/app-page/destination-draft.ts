import type { AppView, DestinationBody, DestinationChange } from '@amphi/protocol';

/** The part of a destination that a person can change. */
export function editable(destination: AppView['destination']): DestinationBody {
  const { layers: _, layersReason: __, ...body } = destination;
  return body;
}

/** What the draft says otherwise. Only that is saved: the rest may have been changed elsewhere meanwhile. */
export function edited(saved: DestinationBody, draft: DestinationBody): DestinationChange {
  const fields = Object.entries(draft).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(saved[field as keyof DestinationBody]),
  );
  return Object.fromEntries(fields);
}
