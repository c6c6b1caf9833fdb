import type { AppView, DestinationBody } from '@amphi/protocol';

/** The part of a destination that a person can change. */
export function editable(destination: AppView['destination']): DestinationBody {
  const { layers: _, ...body } = destination;
  return body;
}

/** Whether nothing has been changed. */
export function sameDestination(a: DestinationBody, b: DestinationBody): boolean {
  const fields = Object.keys(a) as (keyof DestinationBody)[];
  return fields.every((field) => JSON.stringify(a[field]) === JSON.stringify(b[field]));
}
