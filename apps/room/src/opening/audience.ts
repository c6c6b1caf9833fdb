import type { UiLayout } from '@amphi/client';

/** Whether the role of a layout watches the stream. */
export function isOfAudience(layout: UiLayout | undefined): boolean {
  return layout !== undefined && 'hls_live_streaming' in layout.screens.conferencing;
}
