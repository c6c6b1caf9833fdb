/** Title of the tab that is captured, by which Chromium takes it without asking. */
export const CAPTURED_TITLE = 'amphi-captured-page';

/** What the script below leaves in the page that captures. */
export interface Capture {
  /** Captures the tab, and makes an offer. */
  begin(wanted: {
    readonly width: number;
    readonly height: number;
    readonly frameRate: number;
    readonly bitrateBps: number;
  }): Promise<{ readonly sdp: string; readonly video: string; readonly audio: string }>;
  accept(sdp: string): Promise<void>;
  /** Pictures that were sent until now, and how the connection is. */
  sent(): Promise<{ readonly pictures: number; readonly state: string }>;
}

/**
 * Runs in a page of our own beside the one that is shown, so that neither another document there nor its security policy ends the
 * capture. Sound is taken as it is. A picture keeps its size when there is no time for all of them.
 */
export const CAPTURE_SCRIPT = `
globalThis.amphiCapture = (() => {
  const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  return {
    async begin({ width, height, frameRate, bitrateBps }) {
      const stream = await navigator.mediaDevices.getDisplayMedia({
        video: { width, height, frameRate },
        audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
      const [video] = stream.getVideoTracks();
      const [audio] = stream.getAudioTracks();
      if (!audio) throw new Error('the tab was captured without its sound');
      video.contentHint = 'motion';
      audio.contentHint = 'music';
      connection.addTrack(audio, stream);
      const sender = connection.addTrack(video, stream);
      await connection.setLocalDescription();
      const parameters = sender.getParameters();
      parameters.degradationPreference = 'maintain-resolution';
      for (const encoding of parameters.encodings) encoding.maxBitrate = bitrateBps;
      await sender.setParameters(parameters);
      return { sdp: connection.localDescription.sdp, video: video.id, audio: audio.id };
    },
    async accept(sdp) {
      await connection.setRemoteDescription({ type: 'answer', sdp });
    },
    async sent() {
      let pictures = 0;
      for (const report of (await connection.getStats()).values()) {
        if (report.type === 'outbound-rtp' && report.kind === 'video') pictures += report.framesSent ?? 0;
      }
      return { pictures, state: connection.connectionState };
    },
  };
})();
`;
