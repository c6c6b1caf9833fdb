/**
 * Duration of an Opus packet in samples of 48 kHz, from its table-of-contents byte (RFC 6716, 3.1). One RTP payload
 * is one packet (RFC 7587, 4.2), so there is nothing else to take apart.
 * @returns undefined for an empty or malformed packet; at most 5760 (120 ms)
 */
export function opusSamples(payload: Uint8Array): number | undefined {
  const toc = payload[0];
  if (toc === undefined) return undefined;
  const perFrame = samplesPerFrame(toc >> 3);
  const code = toc & 3;
  const frames = code === 0 ? 1 : code === 3 ? (payload[1] ?? 0) & 0x3f : 2;
  const samples = frames * perFrame;
  return samples > 0 && samples <= 5760 ? samples : undefined;
}

/** RFC 6716, table 2: SILK 10, 20, 40, 60 ms; hybrid 10, 20 ms; CELT 2.5, 5, 10, 20 ms. */
function samplesPerFrame(configuration: number): number {
  if (configuration < 12) return [480, 960, 1920, 2880][configuration & 3] as number;
  if (configuration < 16) return configuration & 1 ? 960 : 480;
  return 120 << (configuration & 3);
}
