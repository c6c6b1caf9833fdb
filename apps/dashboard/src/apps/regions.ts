import { type CreateAppBody, createAppBody } from '@amphi/protocol';

export type AppRegion = CreateAppBody['region'];

const labels: Record<AppRegion, string> = { in: 'India', us: 'United States', eu: 'Europe' };

/** The regions one may choose, with their names. */
export const regions: readonly { readonly value: AppRegion; readonly label: string }[] =
  createAppBody.shape.region.options.map((value) => ({ value, label: labels[value] }));

/** Name of a region; `auto`, which only REST can set, has one too. */
export function regionLabel(region: string): string {
  return regions.find(({ value }) => value === region)?.label ?? (region === 'auto' ? 'Nearest' : region);
}

/** The region a person in this time zone most likely means. */
export function likelyRegion(timeZone: string): AppRegion {
  if (/^(Asia|Indian|Australia)\//.test(timeZone)) return 'in';
  return /^(America|US|Canada|Pacific)\//.test(timeZone) ? 'us' : 'eu';
}
