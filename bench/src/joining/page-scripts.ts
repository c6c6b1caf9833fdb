import { inPage } from '@amphi/testkit';

/** Times in a page, `performance.now()`; each is of its first happening after the click on Join. */
export interface JoinTimes {
  clicked?: number;
  /** The server answered `join` and the subscribe offer was taken: there is a remote track. */
  track?: number;
  /** ICE and DTLS of the subscribe connection are done. */
  connected?: number;
  /** Another person's tile has presented a frame. */
  frame?: number;
}

declare global {
  interface Window {
    joinTimes: JoinTimes;
    peerConnections: RTCPeerConnection[];
  }
}

/** Init script: `window.joinTimes` of a viewer, and all its peer connections in `window.peerConnections`. */
export function joinTimerScript(): string {
  return inPage(installConnections) + inPage(installJoinTimer);
}

/** Init script: `window.peerConnections` only. */
export function connectionsScript(): string {
  return inPage(installConnections);
}

function installConnections(): void {
  window.peerConnections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      window.peerConnections.push(this);
      window.dispatchEvent(new CustomEvent('peerconnection', { detail: this }));
    }
  };
}

function installJoinTimer(): void {
  const times: JoinTimes = {};
  window.joinTimes = times;
  document.addEventListener(
    'click',
    (event) => {
      if ((event.target as Element).closest('[data-testid=preview-join]')) times.clicked ??= performance.now();
    },
    { capture: true },
  );
  window.addEventListener('peerconnection', (event) => {
    const connection = (event as CustomEvent<RTCPeerConnection>).detail;
    connection.addEventListener('track', () => {
      times.track ??= performance.now();
    });
    connection.addEventListener('connectionstatechange', () => {
      const receives = connection.getReceivers().length > 0;
      if (receives && connection.connectionState === 'connected') times.connected ??= performance.now();
    });
  });
  const seen = new WeakSet<HTMLVideoElement>();
  new MutationObserver(() => {
    const videos = document.querySelectorAll<HTMLVideoElement>('[data-testid=stage-tile][data-local=false] video');
    for (const video of videos) {
      if (seen.has(video)) continue;
      seen.add(video);
      video.requestVideoFrameCallback((now) => {
        times.frame ??= now;
      });
    }
  }).observe(document, { childList: true, subtree: true });
}
