// What the genuine client does with its publish connection, step by step. Runs in a page; `answer` is given by the test.
const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
let stream;
let camera;
let screenShare;

async function negotiate(options) {
  const offer = await pc.createOffer(options);
  const sdp = offer.sdp.replace('useinbandfec=1', 'useinbandfec=1;usedtx=1');
  await pc.setLocalDescription({ type: 'offer', sdp });
  await pc.setRemoteDescription({ type: 'answer', sdp: await globalThis.answer(sdp) });
  return sdp;
}

async function offerOf(prepare, configuration) {
  const other = new RTCPeerConnection(configuration);
  prepare(other);
  const offer = await other.createOffer();
  other.close();
  return offer.sdp;
}

globalThis.steps = {
  'chromium-data-only': () => {
    pc.createDataChannel('ion-sfu', { protocol: 'SCTP' });
    return negotiate();
  },
  'chromium-audio': async () => {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
    pc.addTransceiver(stream.getAudioTracks()[0], { streams: [stream], direction: 'sendonly' });
    return negotiate();
  },
  'chromium-simulcast': () => {
    camera = pc.addTransceiver(stream.getVideoTracks()[0], {
      streams: [stream],
      direction: 'sendonly',
      sendEncodings: [
        { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 850_000 },
        { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 250_000 },
        { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100_000 },
      ],
    });
    return negotiate();
  },
  'chromium-screen': () => {
    const canvas = document.createElement('canvas');
    canvas.getContext('2d').fillRect(0, 0, 10, 10);
    const captured = canvas.captureStream(5);
    const [track] = captured.getVideoTracks();
    track.contentHint = 'detail';
    screenShare = pc.addTransceiver(track, { streams: [captured], direction: 'sendonly' });
    return negotiate();
  },
  'chromium-unpublished': () => {
    pc.removeTrack(screenShare.sender);
    return negotiate();
  },
  'chromium-ice-restart': () => negotiate({ iceRestart: true }),
  'chromium-stopped': () => {
    camera.stop();
    return negotiate();
  },
  'chromium-recycled': () => {
    pc.addTransceiver(stream.getVideoTracks()[0].clone(), { streams: [stream], direction: 'sendonly' });
    return negotiate();
  },
  'chromium-max-compat': () =>
    offerOf(
      (other) => {
        for (const track of stream.getTracks()) other.addTransceiver(track, { streams: [stream] });
      },
      { bundlePolicy: 'max-compat' },
    ),
  'chromium-h264-only': () =>
    offerOf((other) => {
      const codecs = RTCRtpSender.getCapabilities('video').codecs.filter((codec) => /H264|rtx/.test(codec.mimeType));
      other.addTransceiver('video', { direction: 'sendonly' }).setCodecPreferences(codecs);
    }),
};
