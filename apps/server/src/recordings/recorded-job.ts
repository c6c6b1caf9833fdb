/** What made files: a live stream, or a recording of the stage. */
export interface RecordedJob {
  readonly kind: 'live_stream' | 'beam';
  readonly id: string;
}
