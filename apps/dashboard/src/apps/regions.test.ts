import { describe, expect, it } from 'vitest';
import { likelyRegion, regionLabel, regions } from './regions.ts';

describe('regions', () => {
  it('have the names people know', () => {
    expect(regions.map(({ label }) => label)).toEqual(['India', 'United States', 'Europe']);
    expect(regionLabel('auto')).toBe('Nearest');
    expect(regionLabel('moon')).toBe('moon');
  });

  it.each([
    ['Asia/Kolkata', 'in'],
    ['America/Chicago', 'us'],
    ['Europe/Berlin', 'eu'],
    ['UTC', 'eu'],
  ])('are guessed from the time zone: %s is %s', (zone, region) => {
    expect(likelyRegion(zone)).toBe(region);
  });
});
